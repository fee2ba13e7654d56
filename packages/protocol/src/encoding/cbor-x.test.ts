import { Decoder } from 'cbor-x'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts'

const LIMITS = { maxBytes: 1 << 16, maxDepth: 8, maxItems: 1024 }
const peer = new Decoder({ useRecords: false, mapsAsObjects: false })

/** What both represent alike: cbor-x drops a byte order mark, and gives integers of eight bytes as bigint. */
const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 80 }),
    fc.array(tie('value'), { maxLength: 12 }),
    fc
      .array(fc.tuple(fc.integer({ min: 0, max: 300 }), tie('value')), { maxLength: 12 })
      .map((rows) => new Map(rows)),
  ),
})).value

describe(encodeCbor, () => {
  it('writes what cbor-x reads as the same value', () => {
    fc.assert(
      fc.property(value, (each) => {
        const bytes = encodeCbor(each)
        expect(peer.decode(bytes.slice())).toEqual(decodeCbor(bytes, LIMITS))
      }),
    )
  })
})
