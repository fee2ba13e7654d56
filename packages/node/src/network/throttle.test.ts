import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createThrottle } from './throttle.ts'

describe(createThrottle, () => {
  it('lets a member who waits as told send no more than its burst and its rate', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 50 }), (sizes) => {
        let now = 0
        let before = 0
        const throttle = createThrottle({ bytesPerSecond: 1000, burstBytes: 2000 }, () => now)
        for (const size of sizes) {
          expect(before).toBeLessThanOrEqual(2000 + now)
          now += throttle.take('a', size)
          before += size
        }
        expect(before).toBeLessThanOrEqual(2000 + now)
      }),
    )
  })

  it('holds nobody to what others send', () => {
    const throttle = createThrottle({ bytesPerSecond: 1, burstBytes: 10 }, () => 0)
    expect(throttle.take('a', 1000)).toBe(990_000)
    expect(throttle.take('b', 10)).toBe(0)
  })
})
