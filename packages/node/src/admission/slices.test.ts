import { describe, expect, it } from 'vitest'
import { createSlices } from './slices.ts'

const TURN = 256 * 1024

describe(createSlices, () => {
  it('does what fits into a turn of the event loop at once, and the rest in later ones, in order', async () => {
    const slices = createSlices()
    let turn = 0
    let isOver = false
    const count = (): void => {
      turn++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    const done: [number, number][] = []
    await Promise.all(Array.from({ length: 9 }, (_, i) => slices.run(TURN / 2, () => done.push([i, turn]))))
    isOver = true
    expect(done.map(([i]) => i)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    for (const each of new Set(done.map(([, at]) => at)))
      expect(done.filter(([, at]) => at === each).length).toBeLessThanOrEqual(2)
  })

  it('rejects with what the work throws, and goes on', async () => {
    const slices = createSlices()
    const fails = slices.run(TURN, () => {
      throw new RangeError('no')
    })
    const later = slices.run(TURN, () => {
      throw new RangeError('nor this')
    })
    const last = slices.run(1, () => 'done')
    await expect(fails).rejects.toThrow(RangeError)
    await expect(later).rejects.toThrow(RangeError)
    expect(await last).toBe('done')
  })
})
