import { describe, expect, it } from 'vitest'
import { gather } from './gather.ts'

describe(gather, () => {
  it('asks once for all that is asked at one time', async () => {
    const asked: (readonly number[])[] = []
    const double = gather(async (questions: readonly number[]) => {
      asked.push(questions)
      return questions.map((each) => 2 * each)
    })
    expect(await Promise.all([1, 2, 1].map(double))).toEqual([2, 4, 2])
    expect(await double(5)).toBe(10)
    expect(asked).toEqual([[1, 2, 1], [5]])
  })

  it('fails all who asked together, and none later', async () => {
    let isBroken = true
    const ask = gather((questions: readonly number[]) =>
      isBroken ? Promise.reject(new RangeError('no')) : Promise.resolve(questions),
    )
    const outcomes = await Promise.allSettled([ask(1), ask(2)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isBroken = false
    expect(await ask(3)).toBe(3)
  })
})
