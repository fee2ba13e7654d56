import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'

describe('the simulation', () => {
  it('finds nothing wrong in 300 seeds', async () => {
    const halves = await Promise.all(['1..150', '151..300'].map((seeds) => simulate(['--seeds', seeds])))
    expect(
      halves.flatMap(({ violations }) => violations),
      'pnpm simulate --seed N shows what broke',
    ).toEqual([])
    expect(halves.map(({ done }) => done)).toEqual([150, 150])
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
