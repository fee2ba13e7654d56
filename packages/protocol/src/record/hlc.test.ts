import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { toHex } from '../encoding/index.ts'
import { hlcAt, hlcBytes, hlcCounter, hlcHex, hlcTime, MAX_HLC, nextHlc } from './hlc.ts'

const ms = fc.integer({ min: 0, max: 2 ** 47 - 1 })
const reading = fc.bigInt(0n, MAX_HLC)

describe(nextHlc, () => {
  it('moves on whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(ms, { minLength: 1, maxLength: 50 }), (clock) => {
        let last = 0n
        for (const now of clock) {
          const next = nextHlc(last, now)
          expect(next).toBeGreaterThan(last)
          expect(hlcTime(next)).toBeGreaterThanOrEqual(now)
          last = next
        }
      }),
    )
  })

  it('follows the clock where that is ahead', () => {
    expect(nextHlc(hlcAt(1000) + 5n, 2000)).toBe(hlcAt(2000))
    expect(nextHlc(hlcAt(2000), 2000)).toBe(hlcAt(2000) + 1n)
    expect(nextHlc(hlcAt(2000) + 0xffffn, 2000)).toBe(hlcAt(2001))
  })

  it('ends', () => {
    expect(nextHlc(MAX_HLC - 1n, 0)).toBe(MAX_HLC)
    expect(codeFrom(() => nextHlc(MAX_HLC, 0))).toBe('HLC_RANGE')
  })
})

describe('readings', () => {
  it('are time and counter, in an order that bytes and digits keep', () => {
    fc.assert(
      fc.property(reading, reading, (a, b) => {
        expect(hlcAt(hlcTime(a)) + BigInt(hlcCounter(a))).toBe(a)
        expect(hlcHex(a) < hlcHex(b)).toBe(a < b)
        expect(toHex(hlcBytes(a))).toBe(hlcHex(a))
      }),
    )
  })

  test.for([-1n, MAX_HLC + 1n, 2n ** 64n])('%d has no bytes', (each) => {
    expect(codeFrom(() => hlcBytes(each))).toBe('HLC_RANGE')
  })

  test.for([-1, 0.5, 2 ** 47, Number.NaN])('%d ms is no time', (each) => {
    expect(() => hlcAt(each)).toThrow(RangeError)
  })
})
