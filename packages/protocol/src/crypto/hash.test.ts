import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8Bytes } from '../encoding/text.ts'
import { equalBytes } from './equal-bytes.ts'
import { hkdfSha256, hmacSha256, sha256 } from './hash.ts'

describe(sha256, () => {
  it('hashes the parts as one', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (parts) => {
        expect(sha256(...parts)).toEqual(sha256(Uint8Array.from(parts.flatMap((part) => [...part]))))
      }),
    )
    expect(toHex(sha256(utf8Bytes('a'), utf8Bytes('bc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })
})

describe(hmacSha256, () => {
  it('gives the tag of RFC 4231, test case 2', () => {
    expect(toHex(hmacSha256(utf8Bytes('Jefe'), utf8Bytes('what do ya want for nothing?')))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })
})

describe(hkdfSha256, () => {
  it('gives the key of RFC 5869, test case 1', () => {
    const ikm = new Uint8Array(22).fill(0x0b)
    const key = hkdfSha256(ikm, fromHex('000102030405060708090a0b0c'), fromHex('f0f1f2f3f4f5f6f7f8f9'), 42)
    expect(toHex(key)).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    )
  })

  it('gives the key of RFC 5869, test case 3: no salt, no info', () => {
    const key = hkdfSha256(new Uint8Array(22).fill(0x0b), new Uint8Array(), new Uint8Array(), 42)
    expect(toHex(key)).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    )
  })

  it.for([0, -1, 1.5, 8_161, Number.NaN])('refuses a length of %d', (length) => {
    expect(() => hkdfSha256(new Uint8Array(32), new Uint8Array(), new Uint8Array(), length)).toThrow(
      RangeError,
    )
  })
})

describe(equalBytes, () => {
  it('is equality', () => {
    const bytes = fc.uint8Array({ maxLength: 3, max: 2 })
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b))
        expect(equalBytes(a, Uint8Array.from(a))).toBe(true)
      }),
    )
  })
})
