import { Encoder } from 'cbor-x'
import { EncodingError } from './errors.ts'
import { type CborLimits, scanCbor } from './scan.ts'

/** The values of the subset. Integers from -2^63 to 2^64-1; those beyond 32 bits are read back as `bigint`. */
export type CborValue =
  number | bigint | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap
export type CborKey = number | string
export type CborMap = ReadonlyMap<CborKey, CborValue>

const cbor = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
  copyBuffers: true,
})

/**
 * Encodes `value` as deterministic CBOR: equal values give equal bytes on every node.
 *
 * @throws EncodingError CBOR_UNSUPPORTED for what the subset does not hold
 * @see RFC 8949 section 4.2.1, and docs/spec/encoding.md, "Deterministic CBOR"
 */
export function encodeCbor(value: CborValue): Uint8Array {
  return new Uint8Array(cbor.encode(normalise(value)))
}

/**
 * Decodes bytes that {@link encodeCbor} could have written, and no others. Byte strings are copies.
 *
 * @throws EncodingError CBOR_MALFORMED, CBOR_NOT_CANONICAL, CBOR_LIMIT, CBOR_UNSUPPORTED
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits): CborValue {
  scanCbor(bytes, limits)
  // A view of its own: cbor-x hangs a property on the array it is given.
  return cbor.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)) as CborValue
}

/** Gives cbor-x only what it writes in one way: sorted maps, and integers that are never floats. */
function normalise(value: CborValue): CborValue {
  switch (typeof value) {
    case 'number':
      return normaliseInteger(value)
    case 'bigint':
      return normaliseBigint(value)
    case 'string':
      if (!value.isWellFormed()) throw new EncodingError('CBOR_UNSUPPORTED', 'text with a lone surrogate')
      return value
    case 'boolean':
      return value
    default:
      if (value === null || value instanceof Uint8Array) return value
      if (Array.isArray(value)) return value.map(normalise)
      if (value instanceof Map) return sortedMap(value)
      throw new EncodingError('CBOR_UNSUPPORTED', `a ${typeof value} has no encoding`)
  }
}

function normaliseInteger(value: number): CborValue {
  if (!Number.isSafeInteger(value)) throw new EncodingError('CBOR_UNSUPPORTED', 'only integers can be encoded')
  // Beyond 32 bits cbor-x would write a float; -0 is 0.
  return value > 0xffff_ffff || value < -0x8000_0000 ? BigInt(value) : value + 0
}

function normaliseBigint(value: bigint): CborValue {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new EncodingError('CBOR_UNSUPPORTED', 'integer out of range')
  return value <= 0xffff_ffffn && value >= -0x8000_0000n ? Number(value) : value
}

function sortedMap(map: CborMap): CborMap {
  const entries = [...map].map(([key, value]) => ({ key, value, order: keyOrder(key) }))
  entries.sort((a, b) => (a.order < b.order ? -1 : 1))
  return new Map(entries.map(({ key, value }) => [normalise(key) as CborKey, normalise(value)]))
}

/** The encoded key as a string of bytes: RFC 8949 section 4.2.1 sorts keys by their encodings. */
function keyOrder(key: CborKey): string {
  return String.fromCharCode(...cbor.encode(normalise(key)))
}
