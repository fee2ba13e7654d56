import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createQuota } from './quota.ts'

const MIB = 1024 * 1024
const BURST = 64 * MIB

describe(createQuota, () => {
  it('lets a burst through, then what time has earned', () => {
    const quota = createQuota()
    expect(quota.take('a', BURST, 0)).toBe(true)
    expect(quota.take('a', 1, 0)).toBe(false)
    expect(quota.take('a', 512 * 1024, 1000)).toBe(true)
    expect(quota.take('a', 1, 1000)).toBe(false)
  })

  it('says beforehand what could be taken, at the rates it was given', () => {
    const quota = createQuota({ burstBytes: 100, bytesPerSecond: 10 })
    expect([quota.has('a', 100, 0), quota.has('a', 101, 0)]).toEqual([true, false])
    quota.take('a', 100, 0)
    expect([quota.has('a', 10, 999), quota.has('a', 10, 1000)]).toEqual([false, true])
  })

  it('charges nobody for another', () => {
    const quota = createQuota()
    expect(quota.take('a', BURST, 0)).toBe(true)
    expect(quota.take('b', BURST, 0)).toBe(true)
  })

  it('never holds more than a burst, whatever is given back and however long it waits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: BURST }), { maxLength: 20 }), (given) => {
        const quota = createQuota()
        quota.take('a', 1, 0)
        for (const bytes of given) quota.give('a', bytes)
        expect(quota.take('a', BURST + 1, 1e9)).toBe(false)
        expect(quota.take('a', BURST, 1e9)).toBe(true)
      }),
    )
  })

  it('does not earn from a clock that goes back', () => {
    const quota = createQuota()
    quota.take('a', BURST, 10_000)
    expect(quota.take('a', 1, 0)).toBe(false)
  })
})
