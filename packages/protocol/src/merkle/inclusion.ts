import type { Hasher } from '../crypto/ports.ts'
import { areHashes, nodeHash } from './hashing.ts'
import type { MerkleTree } from './tree.ts'

/** That a leaf stands at `index` in a tree of `size` leaves. Unverified: {@link rootFromInclusion} gives it its meaning. */
export interface InclusionProof {
  /** 32 bytes. */
  readonly leafHash: Uint8Array
  /** Counted from 0. */
  readonly index: number
  /** Leaves in the tree. */
  readonly size: number
  /** Sibling hashes of 32 bytes from the leaf upwards; none for a tree of one leaf. */
  readonly path: readonly Uint8Array[]
}

/**
 * The sibling hashes from leaf `index` up to the root: PATH(m, D[n]) of RFC 9162, section 2.1.3.1.
 *
 * @throws RangeError when the tree has no such leaf
 */
export function inclusionPath({ levels }: MerkleTree, index: number): Uint8Array[] {
  const size = levels[0]?.length ?? 0
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`expected an index below the tree's ${size} leaves, got ${index}`)
  }
  const path: Uint8Array[] = []
  let position = index
  for (const level of levels.slice(0, -1)) {
    const sibling = level[position ^ 1]
    if (sibling !== undefined) path.push(sibling)
    position >>>= 1
  }
  return path
}

/**
 * The root that a proof leads to, or `undefined` when the proof has not exactly the shape that its index and size demand.
 * Says nothing by itself: the caller compares the root with one that somebody signed together with `size`.
 *
 * @see RFC 9162, section 2.1.3.2
 */
export function rootFromInclusion(
  crypto: Hasher,
  { leafHash, index, size, path }: InclusionProof,
): Uint8Array | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size)) return undefined
  if (index < 0 || index >= size || !areHashes([leafHash, ...path])) return undefined

  let position = index
  let last = size - 1
  let hash = leafHash
  for (const sibling of path) {
    if (last === 0) return undefined
    // A node without a partner moves up as it is, to the first level where it is a right child.
    while (position === last && position % 2 === 0) {
      position = half(position)
      last = half(last)
    }
    hash = position % 2 === 1 ? nodeHash(crypto, sibling, hash) : nodeHash(crypto, hash, sibling)
    position = half(position)
    last = half(last)
  }
  return last === 0 ? hash : undefined
}

/** Division, because shifts see only the lowest 32 bits of a number. */
function half(value: number): number {
  return Math.floor(value / 2)
}
