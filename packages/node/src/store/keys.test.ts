import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { END, orderKey, textKey, timeKey, trailingNumber } from './keys.ts'

/** As LevelDB compares keys: by bytes. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe(orderKey, () => {
  it('orders as the numbers do, and gives them back', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(Math.sign(compare(orderKey(a), orderKey(b)))).toBe(Math.sign(a - b))
        expect(trailingNumber(`prefix${orderKey(a)}`)).toBe(a)
        expect(orderKey(a)).toMatch(/^[0-9a-f]{16}$/)
      }),
    )
  })

  it.for([-1, 0.5, 2 ** 53, Number.NaN])('refuses %d', (value) => {
    expect(() => orderKey(value)).toThrow(RangeError)
  })
})

describe(timeKey, () => {
  it('orders instants, with none before all of them', () => {
    const instant = fc.option(
      fc.date({ noInvalidDate: true, min: new Date('0000-01-01'), max: new Date('9999-12-31') }),
      { nil: undefined },
    )
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [first, second] = [a, b].map((date) => date?.getTime() ?? -Infinity) as [number, number]
        expect(Math.sign(compare(timeKey(a?.getTime()), timeKey(b?.getTime())))).toBe(
          first === second ? 0 : Math.sign(first - second),
        )
      }),
    )
  })
})

describe(textKey, () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 150, maxLength: 300 }),
    fc.constantFrom('', END, '#', '='),
  )

  it('is short, differs for different texts, and is no beginning of another', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Buffer.byteLength(textKey(a))).toBeLessThanOrEqual(202)
        expect(textKey(a).startsWith(textKey(b))).toBe(a === b)
      }),
    )
  })
})
