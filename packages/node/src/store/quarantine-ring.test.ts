import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_QUARANTINE, MAX_QUARANTINE_OF_ONE, trimRing } from './quarantine-ring.ts'

describe(trimRing, () => {
  it('keeps the newest in all and of each, in order, and says what goes', () => {
    const runs = fc.array(fc.record({ from: fc.nat(14).map(String), length: fc.nat(3_000) }), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(runs, (given) => {
        const entries = given
          .flatMap(({ from, length }) => Array.from({ length }, () => from))
          .map((from, number) => ({ number, from }))
        const { kept, dropped } = trimRing(entries)
        expect([...kept, ...dropped].toSorted((a, b) => a.number - b.number)).toEqual(entries)
        expect(kept).toEqual(kept.toSorted((a, b) => a.number - b.number))
        expect(kept.length).toBeLessThanOrEqual(MAX_QUARANTINE)
        const ofSource = Map.groupBy(kept, ({ from }) => from)
        for (const [from, rows] of ofSource)
          expect(rows.length, from).toBeLessThanOrEqual(MAX_QUARANTINE_OF_ONE)
        for (const { number, from } of dropped) {
          const newer = kept.filter((row) => row.number > number)
          const newerOfSource = newer.filter((row) => row.from === from)
          expect(
            newer.length === MAX_QUARANTINE || newerOfSource.length === MAX_QUARANTINE_OF_ONE,
            from,
          ).toBe(true)
          break
        }
      }),
      { numRuns: 30 },
    )
  })

  it('lets nobody push out another', () => {
    const entries = [
      { number: 1, from: 'quiet' },
      ...Array.from({ length: 50_000 }, (_, i) => ({ number: i + 2, from: 'loud' })),
    ]
    const { kept } = trimRing(entries)
    expect(kept[0]).toEqual({ number: 1, from: 'quiet' })
    expect(kept.length).toBe(MAX_QUARANTINE_OF_ONE + 1)
  })
})
