import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { compareBytes, concatBytes, fromBase64url, fromHex, toBase64url, toHex } from './text.ts'

describe(toHex, () => {
  it('is read back, and agrees with Node', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
        expect(fromHex(toHex(bytes))).toEqual(bytes)
      }),
    )
  })

  test.for(['0', 'AB', '0x', 'zz', ' 00', '00 '])('%j is not read', (text) => {
    expect(codeFrom(() => fromHex(text))).toBe('TEXT_MALFORMED')
  })
})

describe(toBase64url, () => {
  it('is read back, and agrees with Node', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
        expect(fromBase64url(toBase64url(bytes))).toEqual(bytes)
      }),
    )
  })

  it('has one spelling', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('ABab01-_+/=')), maxLength: 9 }),
        (text) => {
          const bytes = attempt(() => fromBase64url(text))
          if (bytes !== undefined) expect(toBase64url(bytes)).toBe(text)
        },
      ),
    )
  })

  test.for(['A', 'AAAAA', 'AB', 'AA==', 'A+', 'A/', 'é', 'A A'])('%j is not read', (text) => {
    expect(codeFrom(() => fromBase64url(text))).toBe('TEXT_MALFORMED')
  })
})

describe(compareBytes, () => {
  it('orders as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b))
      }),
    )
  })
})

describe(concatBytes, () => {
  it('joins as Node does', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (parts) => {
        expect(concatBytes(...parts)).toEqual(new Uint8Array(Buffer.concat(parts)))
      }),
    )
  })
})

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
