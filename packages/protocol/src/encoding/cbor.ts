import { CborReader } from './cbor-reader.ts'
import { CborWriter } from './cbor-writer.ts'
import type { CborLimits } from './limits.ts'

/** The values of the subset. Integers from -2^63 to 2^64-1; those beyond ±(2^53-1) are read back as `bigint`. */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | CborMap
export type CborKey = number | string
export type CborMap = ReadonlyMap<CborKey, CborValue>

/**
 * Encodes `value` as deterministic CBOR: equal values give equal bytes on every node.
 *
 * @throws EncodingError CBOR_UNSUPPORTED for what the subset does not hold
 * @see RFC 8949 section 4.2.1, and docs/spec/encoding.md, "Deterministic CBOR"
 */
export function encodeCbor(value: CborValue): Uint8Array {
  return writer.write(value)
}

const writer = new CborWriter()

/**
 * Decodes bytes that {@link encodeCbor} could have written, and no others. Byte strings are copies.
 *
 * @throws EncodingError CBOR_MALFORMED, CBOR_NOT_CANONICAL, CBOR_LIMIT, CBOR_UNSUPPORTED
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits): CborValue {
  return new CborReader(bytes, limits, true).whole()
}

/**
 * As {@link decodeCbor}, but byte strings are views of `bytes`: nothing is copied, and who keeps one keeps them all. The bytes must
 * not change as long as any view is in use.
 *
 * @throws EncodingError CBOR_MALFORMED, CBOR_NOT_CANONICAL, CBOR_LIMIT, CBOR_UNSUPPORTED
 */
export function viewCbor(bytes: Uint8Array, limits: CborLimits): CborValue {
  return new CborReader(bytes, limits, false).whole()
}
