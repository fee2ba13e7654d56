import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { BENCHES } from '../benches.ts'
import type { Result } from '../result.ts'
import { readMachine, readResults } from '../results-file.ts'
import { benchmarksPage } from './page.ts'
import { parseReasons, readReasons } from './reasons.ts'

const DOCS = join(import.meta.dirname, '../../../docs')
const MACHINE = {
  processor: 'A processor',
  cores: 2,
  memoryGiB: 23,
  node: 'v24.21.0',
  measuredAt: '2026-11-22T09:00:00.000Z',
}

function resultOf(over: Partial<Result>): Result {
  return {
    id: 'P3',
    part: '',
    what: 'bulk ingest',
    against: 'verify',
    unit: 'records/s',
    ours: 10_000,
    yardstick: 4000,
    ratio: 2.5,
    target: 2.5,
    better: 'higher',
    ok: true,
    n: 1000,
    runs: 5,
    spread: 0.12,
    ...over,
  }
}

describe(benchmarksPage, () => {
  const results = [
    resultOf({}),
    resultOf({ id: 'P9', ratio: 0.1, target: 0.4, ok: false }),
    resultOf({ id: 'P10', target: null }),
    resultOf({ id: 'P15', part: 'P3 at 100,000', ratio: 0.9 }),
    resultOf({ id: 'P15', part: 'P3 at 1,000,000', ratio: 0.8 }),
  ]
  const reasons = parseReasons('# Reasons\n\n## P3\n\nBecause.\n\n## P77\n\nOf no row.\n')
  const pages = benchmarksPage({ results, machine: MACHINE, reasons })

  it('says of each miss why, or that nobody knows yet', () => {
    expect(pages['benchmarks.md']).toContain('### P9, missed\n\nNot looked into yet.')
    expect(pages['benchmarks.md']).toContain('### P3\n\nBecause.')
    expect(pages['benchmarks.md']).not.toContain('Of no row.')
  })

  it('draws every figure within its plot', () => {
    for (const name of ['benchmarks/ratios.svg', 'benchmarks/growth.svg']) {
      expect(pages[name]).toMatch(/^<svg /)
      expect(pages[name]).not.toMatch(/NaN|undefined|="-/)
    }
  })
})

describe('docs/benchmarks.md', () => {
  test.skipIf(!existsSync(join(DOCS, 'benchmarks.md')))('is what the kept results give', async () => {
    const pages = benchmarksPage({
      results: await readResults(),
      machine: await readMachine(),
      reasons: await readReasons(),
    })
    for (const [name, text] of Object.entries(pages))
      expect(await readFile(join(DOCS, name), 'utf8'), `${name}: run pnpm bench --docs`).toBe(text)
  })

  it('is about rows that there are', async () => {
    const known = new Set(BENCHES.flatMap(({ rows }) => rows.map(({ id, part }) => `${id} ${part}`)))
    const kept = (await readResults()).map(({ id, part }) => `${id} ${part}`)
    expect(kept.filter((name) => !known.has(name))).toEqual([])
  })
})
