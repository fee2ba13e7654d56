import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyAfter, numberKey, orderKey, readNumber, textDigits, timeNumber, timeOf } from './keys.ts'

describe(numberKey, () => {
  it('orders as the numbers do, and gives them back', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        const [x, y] = [numberKey(a, 7), numberKey(b, 7)]
        expect(Math.sign(Buffer.compare(x, y))).toBe(Math.sign(a - b))
        expect(readNumber(x, 0, 7)).toBe(a)
      }),
    )
  })

  it.for([-1, 0.5, 2 ** 53, 2 ** 48, Number.NaN])('refuses %d', (value) => {
    expect(() => orderKey(value)).toThrow(RangeError)
  })
})

describe(timeNumber, () => {
  it('orders instants, with none before all of them', () => {
    const instant = fc.option(
      fc.date({ noInvalidDate: true, min: new Date('0000-01-01'), max: new Date('9999-12-31') }),
      { nil: undefined },
    )
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [first, second] = [a, b].map((date) => date?.getTime() ?? -Infinity) as [number, number]
        expect(Math.sign(timeNumber(a?.getTime()) - timeNumber(b?.getTime()))).toBe(
          first === second ? 0 : Math.sign(first - second),
        )
        expect(timeOf(timeNumber(a?.getTime()))).toBe(a?.getTime())
      }),
    )
  })
})

describe(keyAfter, () => {
  it('comes after what begins so, and before all that is above it', () => {
    const bytes = fc.uint8Array({ maxLength: 4 })
    fc.assert(
      fc.property(bytes, bytes, bytes, (prefix, rest, other) => {
        const after = keyAfter(Buffer.from(prefix))
        if (after === undefined) {
          expect(prefix.every((byte) => byte === 0xff)).toBe(true)
          return
        }
        expect(Buffer.compare(Buffer.concat([prefix, rest]), after)).toBe(-1)
        const isAbove =
          Buffer.compare(other, prefix) > 0 && !Buffer.from(other).subarray(0, prefix.length).equals(prefix)
        if (isAbove) expect(Buffer.compare(other, after)).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe(textDigits, () => {
  it('is of one length, and differs for texts and for masks', () => {
    const [a, b] = ['00'.repeat(32), '01'.repeat(32)]
    expect(textDigits(a, 'x')).toMatch(/^[0-9a-f]{32}$/)
    expect(textDigits(a, 'x')).toBe(textDigits(a, 'x'))
    expect(textDigits(a, 'x')).not.toBe(textDigits(a, 'y'))
    expect(textDigits(a, 'x')).not.toBe(textDigits(b, 'x'))
  })
})
