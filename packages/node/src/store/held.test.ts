import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addToRuns, heldIn, removeFromRuns, runsOf, writeRuns } from './held.ts'

describe(heldIn, () => {
  it('gives what was added and not removed, ascending', () => {
    const step = fc.record({ gap: fc.nat(3), removed: fc.nat(30) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const model = new Set<number>()
        let row: Uint8Array | undefined
        let sequence = 0
        for (const { gap, removed } of steps) {
          const runs = runsOf(row)
          sequence += 1 + gap
          addToRuns(runs, sequence)
          model.add(sequence)
          removeFromRuns(runs, removed)
          model.delete(removed)
          row = writeRuns(runs)
          expect(heldIn(row)).toEqual([...model])
          expect(row === undefined).toBe(model.size === 0)
        }
      }),
    )
  })

  it('is as short as the records of a batch that came together', () => {
    const runs = runsOf(undefined)
    for (let sequence = 1; sequence <= 1_000; sequence++) addToRuns(runs, sequence)
    expect(writeRuns(runs)).toHaveLength(8)
  })
})
