import type { Hasher } from '../crypto/ports.ts'
import { areHashes, emptyRoot, nodeHash } from './hashing.ts'

/** What must be kept of a growing tree to append to it and to give its root: at most 53 hashes. Plain data, safe to store. */
export interface Frontier {
  /** Leaves appended so far. */
  readonly size: number
  /** Roots of the complete subtrees from the left, 32 bytes each: one for every 1 in the binary form of `size`. */
  readonly peaks: readonly Uint8Array[]
}

/** The frontier of the tree with no leaves. */
export function emptyFrontier(): Frontier {
  return { size: 0, peaks: [] }
}

/** Whether stored data has the shape of a frontier. Its hashes can be judged only against a signed root. */
export function isFrontier({ size, peaks }: Frontier): boolean {
  return Number.isSafeInteger(size) && size >= 0 && peaks.length === countOnes(size) && areHashes(peaks)
}

/**
 * The frontier with one more 32-byte leaf hash, hashing once for each subtree that it completes.
 *
 * @throws RangeError when the leaf hash is not 32 bytes
 */
export function appendLeaf(crypto: Hasher, { size, peaks }: Frontier, leafHash: Uint8Array): Frontier {
  if (!areHashes([leafHash])) throw new RangeError(`expected a leaf hash of 32 bytes, got ${leafHash.length}`)
  const grown = [...peaks]
  let hash = leafHash
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
    hash = nodeHash(crypto, grown.pop() as Uint8Array, hash)
  }
  return { size: size + 1, peaks: [...grown, hash] }
}

/** The 32-byte root of the leaves appended so far: equal to {@link treeRoot} over them. */
export function frontierRoot(crypto: Hasher, { peaks }: Frontier): Uint8Array {
  if (peaks.length === 0) return emptyRoot(crypto)
  return peaks.reduceRight((right, left) => nodeHash(crypto, left, right))
}

function countOnes(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}
