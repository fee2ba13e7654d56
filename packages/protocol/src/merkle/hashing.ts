import type { Hasher } from '../crypto/ports.ts'

/** Hash of a leaf: SHA-256(0x00 ‖ bytes), 32 bytes. A record's id is its leaf hash. @see RFC 9162, section 2.1.1 */
export function leafHash({ sha256 }: Hasher, bytes: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + bytes.length)
  prefixed.set(bytes, 1)
  return sha256(prefixed)
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right), 32 bytes; left and right are 32 bytes. @see RFC 9162, section 2.1.1 */
export function nodeHash({ sha256 }: Hasher, left: Uint8Array, right: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + 2 * HASH_BYTES)
  prefixed[0] = 0x01
  prefixed.set(left, 1)
  prefixed.set(right, 1 + HASH_BYTES)
  return sha256(prefixed)
}

/** Hash of the tree with no leaves: SHA-256 of no bytes. @see RFC 9162, section 2.1.1 */
export function emptyRoot({ sha256 }: Hasher): Uint8Array {
  return sha256(new Uint8Array())
}

/** Whether every one is 32 bytes. A proof from outside is asked first: unequal lengths would let two nodes share one hash. */
export function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES)
}

const HASH_BYTES = 32
