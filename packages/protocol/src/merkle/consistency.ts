import { equalBytes } from '../crypto/equal-bytes.ts'
import type { Hasher } from '../crypto/ports.ts'
import { areHashes, emptyRoot, nodeHash } from './hashing.ts'
import type { MerkleTree } from './tree.ts'

/** That a tree of `newSize` leaves only appended to the tree of `oldSize`. Unverified until {@link verifyConsistency}. */
export interface ConsistencyProof {
  readonly oldSize: number
  /** 32 bytes, from something signed. */
  readonly oldRoot: Uint8Array
  readonly newSize: number
  /** 32 bytes, from something signed. */
  readonly newRoot: Uint8Array
  /** Hashes of 32 bytes; none when the sizes are equal or the old tree is empty. */
  readonly path: readonly Uint8Array[]
}

/**
 * The hashes that prove that the tree only appended to its first `oldSize` leaves: PROOF(m, D[n]) of RFC 9162, section
 * 2.1.4.1, extended by the empty path for an old tree of no leaves or of the same size.
 *
 * @throws RangeError when `oldSize` is not a whole number from 0 to the tree's size
 */
export function consistencyPath({ levels }: MerkleTree, oldSize: number): Uint8Array[] {
  const size = levels[0]?.length ?? 0
  if (!Number.isInteger(oldSize) || oldSize < 0 || oldSize > size) {
    throw new RangeError(`expected an old size up to the tree's ${size} leaves, got ${oldSize}`)
  }
  if (oldSize === 0 || oldSize === size) return []

  // The largest complete subtree that ends where the old tree ended; its root is a node of both trees.
  let position = oldSize - 1
  let height = 0
  while (position % 2 === 1) {
    position >>>= 1
    height += 1
  }
  // Position 0 means that this subtree is the whole old tree, whose root the verifier has.
  const path = position === 0 ? [] : [levels[height]?.[position] as Uint8Array]
  for (const level of levels.slice(height, -1)) {
    const sibling = level[position ^ 1]
    if (sibling !== undefined) path.push(sibling)
    position >>>= 1
  }
  return path
}

/**
 * Whether the proof shows that the new tree only appended to the old one. Of the proof's parts only the path needs no
 * signature behind it. Every tree appends to the empty one; equal sizes need equal roots.
 *
 * @see RFC 9162, section 2.1.4.2
 */
export function verifyConsistency(crypto: Hasher, proof: ConsistencyProof): boolean {
  const { oldSize, oldRoot, newSize, newRoot, path } = proof
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(newSize)) return false
  if (oldSize < 0 || oldSize > newSize || !areHashes([oldRoot, newRoot, ...path])) return false
  if (oldSize === 0 && !equalBytes(oldRoot, emptyRoot(crypto))) return false
  if (oldSize === newSize) return path.length === 0 && equalBytes(oldRoot, newRoot)
  if (oldSize === 0) return path.length === 0

  let position = oldSize - 1
  let last = newSize - 1
  while (position % 2 === 1) {
    position = half(position)
    last = half(last)
  }
  const [seed, ...rest] = position === 0 ? [oldRoot, ...path] : path
  if (seed === undefined) return false

  let oldHash = seed
  let newHash = seed
  for (const hash of rest) {
    if (last === 0) return false
    // A node without a partner moves up as it is, to the first level where it is a right child.
    while (position === last && position % 2 === 0) {
      position = half(position)
      last = half(last)
    }
    // A left sibling belongs to both trees, a right one only to the new tree.
    if (position % 2 === 1) oldHash = nodeHash(crypto, hash, oldHash)
    newHash = position % 2 === 1 ? nodeHash(crypto, hash, newHash) : nodeHash(crypto, newHash, hash)
    position = half(position)
    last = half(last)
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot)
}

/** Division, because shifts see only the lowest 32 bits of a number. */
function half(value: number): number {
  return Math.floor(value / 2)
}
