import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatResult, resultOf, resultsOf } from './result.ts'
import type { Bench, Pair, Row } from './row.ts'

const ROW: Row = {
  id: 'P3',
  part: '',
  what: 'bulk ingest',
  yardstick: 'verify',
  unit: 'records/s',
  target: 2.5,
  better: 'higher',
}

const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true })
const pair: fc.Arbitrary<Pair> = fc.record({ ours: positive, yardstick: positive })

describe(resultOf, () => {
  it('gives the run in the middle, whatever the order of the runs', () => {
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 9 }), (pairs) => {
        const { ours, yardstick, ratio, runs, ok } = resultOf(ROW, 1, pairs)
        const ratios = pairs.map((each) => each.ours / each.yardstick)
        expect(ratio).toBe(ours / yardstick)
        expect(ratios.filter((each) => each < ratio).length).toBeLessThanOrEqual((pairs.length - 1) / 2)
        expect(ratios.filter((each) => each > ratio).length).toBeLessThanOrEqual(pairs.length / 2)
        expect(resultOf(ROW, 1, pairs.toReversed()).ratio).toBe(ratio)
        expect(runs).toBe(pairs.length)
        expect(ok).toBe(ratio >= 2.5)
      }),
    )
  })

  it('holds ours itself against the target where the yardstick is nothing', () => {
    const row: Row = { ...ROW, target: 100, better: 'lower', unit: 'bytes' }
    expect(resultOf(row, 1, [{ ours: 100, yardstick: 0 }])).toMatchObject({ ok: true, ratio: 100 })
    expect(resultOf(row, 1, [{ ours: 101, yardstick: 0 }])).toMatchObject({ ok: false })
  })

  it('misses nothing with a row that stands for comparison alone, and names no target', () => {
    const aside = resultOf({ ...ROW, target: null }, 1, [{ ours: 1, yardstick: 1 }])
    expect(aside).toMatchObject({ ok: true, target: null })
    expect(formatResult(aside)).toMatch(/ \| - \| OK$/)
  })

  it('counts one run of what is the same each time', () => {
    const bench = { rows: [ROW, { ...ROW, part: 'bytes', isOnce: true }] } as unknown as Bench
    const run = { '': { ours: 1, yardstick: 1 }, bytes: { ours: 1, yardstick: 1 } }
    expect(resultsOf(bench, 1, [run, run, run]).map(({ runs }) => runs)).toEqual([3, 1])
  })
})

describe(formatResult, () => {
  it('says what was measured against what, and whether it is enough', () => {
    const lines = [
      resultOf(ROW, 1, [{ ours: 12_345.6, yardstick: 4000 }]),
      resultOf({ ...ROW, part: 'two threads' }, 1, [{ ours: 1.23456, yardstick: 4000 }]),
      resultOf({ ...ROW, target: 100, better: 'lower', unit: 'bytes' }, 1, [{ ours: 73, yardstick: 0 }]),
    ]
    expect(lines.map(formatResult)).toMatchInlineSnapshot(`
      [
        "P3 | bulk ingest | 12,346 records/s | 4,000 records/s | 3.09 | ≥ 2.5 | OK",
        "P3 | bulk ingest, two threads | 1.23 records/s | 4,000 records/s | 0.000309 | ≥ 2.5 | MISSED",
        "P3 | bulk ingest | 73 bytes | 0 bytes | - | ≤ 100 | OK",
      ]
    `)
  })
})
