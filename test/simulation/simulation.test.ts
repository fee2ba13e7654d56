import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'

describe('the simulation', () => {
  it('finds nothing wrong in 300 seeds', async () => {
    const { done, violations } = await simulate(['--seeds', '1..300'])
    expect(violations, 'pnpm simulate --seed N shows what broke').toEqual([])
    expect(done).toBe(300)
  }, 600_000)

  it('does the same in every process', async () => {
    const [once, again, other] = await Promise.all(
      [
        ['--seed', '7'],
        ['--seed', '7'],
        ['--seed', '8'],
      ].map((seed) => simulate(seed)),
    )
    expect(once?.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(again?.hash).toBe(once?.hash)
    expect(other?.hash).not.toBe(once?.hash)
  }, 120_000)
})
