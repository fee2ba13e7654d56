import type { Hasher } from '../crypto/ports.ts'

/** Hash of a leaf: SHA-256(0x00 ‖ bytes), 32 bytes. A record's id is its leaf hash. @see RFC 9162, section 2.1.1 */
export function leafHash({ sha256 }: Hasher, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= LEAF_ROOM.length) return sha256(prefixed(bytes))
  // Room of its own for every leaf would take longer to get than to hash.
  LEAF_ROOM.set(bytes, 1)
  return sha256(LEAF_ROOM.subarray(0, 1 + bytes.length))
}

function prefixed(bytes: Uint8Array): Uint8Array {
  const room = new Uint8Array(1 + bytes.length)
  room.set(bytes, 1)
  return room
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right), 32 bytes; left and right are 32 bytes. @throws RangeError when they are not. @see RFC 9162, section 2.1.1 */
export function nodeHash({ sha256 }: Hasher, left: Uint8Array, right: Uint8Array): Uint8Array {
  // Otherwise bytes of another node would stand where one of them is short.
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    throw new RangeError('expected two hashes of 32 bytes')
  NODE_ROOM.set(left, 1)
  NODE_ROOM.set(right, 1 + HASH_BYTES)
  return sha256(NODE_ROOM)
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
/** Used anew for every hash: hashers do not keep what they are given. The first byte of a leaf is 0x00. */
const LEAF_ROOM = new Uint8Array(16 * 1024)
const NODE_ROOM = new Uint8Array(1 + 2 * HASH_BYTES)
NODE_ROOM[0] = 0x01
