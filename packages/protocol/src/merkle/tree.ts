import type { Hasher } from '../crypto/ports.ts'
import { areHashes, emptyRoot, nodeHash } from './hashing.ts'

/** A whole tree in memory: some 64 bytes a leaf. Built once, it gives any number of proofs without hashing again. */
export interface MerkleTree {
  /** The 32-byte root. */
  readonly root: Uint8Array
  /**
   * Level 0 holds the leaf hashes; each further level pairs the one below, and a last node without a partner moves up
   * as it is. The last level holds one node, or none when there are no leaves.
   */
  readonly levels: readonly (readonly Uint8Array[])[]
}

/**
 * Builds the tree of RFC 9162, section 2.1.1, over 32-byte leaf hashes, which it keeps and which must not change.
 *
 * @throws RangeError when a leaf hash is not 32 bytes
 */
export function buildTree(crypto: Hasher, leafHashes: readonly Uint8Array[]): MerkleTree {
  if (!areHashes(leafHashes))
    throw new RangeError('expected leaf hashes of 32 bytes each; hash the leaves first')
  const levels = [leafHashes]
  let top = leafHashes
  while (top.length > 1) {
    top = pairUp(crypto, top)
    levels.push(top)
  }
  return { root: top[0] ?? emptyRoot(crypto), levels }
}

/**
 * The root alone.
 *
 * @throws RangeError when a leaf hash is not 32 bytes
 */
export function treeRoot(crypto: Hasher, leafHashes: readonly Uint8Array[]): Uint8Array {
  return buildTree(crypto, leafHashes).root
}

/** Pairing from the left gives RFC 9162's split at the largest power of two, since only the right edge is ever short. */
function pairUp(crypto: Hasher, level: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
    const left = level[2 * i] as Uint8Array
    const right = level[2 * i + 1]
    return right === undefined ? left : nodeHash(crypto, left, right)
  })
}
