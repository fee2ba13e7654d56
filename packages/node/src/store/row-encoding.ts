import { type CborLimits, type CborValue, decodeCbor, encodeCbor } from '@intelmesh/protocol'
import type { Hex } from './interface.ts'

/** CBOR reads integers beyond 32 bits as `bigint`. */
export type Integer = number | bigint

/** Decodes a row, a CBOR array as a rule. Rows were written by this program and carry a checksum: limits only stop what can be no row of ours. */
export function decodeRow<Row>(bytes: Uint8Array): Row {
  return decodeCbor(bytes, ROW_LIMITS) as CborValue as Row
}

/** A row that is one whole number. */
export function encodeNumber(value: number): Uint8Array {
  return encodeCbor(value)
}

/** The number that {@link encodeNumber} wrote. */
export function decodeNumber(bytes: Uint8Array): number {
  return Number(decodeRow<Integer>(bytes))
}

/** Hashes of 32 bytes end to end. */
export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(HASH_BYTES * hashes.length)
  hashes.forEach((hash, i) => joined.set(hash, i * HASH_BYTES))
  return joined
}

/** The hashes that {@link joinHashes} joined, copied. */
export function splitHashes(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / HASH_BYTES }, (_, i) =>
    joined.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}

/** Lower-case hexadecimal, by Node rather than digit by digit. */
export function toHex(bytes: Uint8Array): Hex {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** The bytes of hexadecimal digits. @throws TypeError for what is not hexadecimal: Buffer would cut it short without a word */
export function fromHex(hex: Hex): Uint8Array {
  const bytes = Buffer.from(hex, 'hex')
  if (bytes.length * 2 !== hex.length) throw new TypeError('expected hexadecimal digits of whole bytes')
  return new Uint8Array(bytes)
}

/** {@link fromHex} of many ids of 32 bytes, which share one array. @throws TypeError for what is no id */
export function fromHexes(ids: readonly Hex[]): readonly Uint8Array[] {
  const joined = fromHex(ids.join(''))
  if (joined.length !== HASH_BYTES * ids.length) throw new TypeError('expected ids of 32 bytes')
  return ids.map((_, i) => joined.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
}

const HASH_BYTES = 32
/** A tree leaf at full depth is the largest: 32 MiB hold a million ids. */
const ROW_LIMITS: CborLimits = { maxBytes: 32 * 1024 * 1024, maxDepth: 3, maxItems: 1_000_000 }
