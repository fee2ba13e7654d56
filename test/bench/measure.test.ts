import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { BENCHES } from './benches.ts'
import { measure, type Run } from './measure.ts'
import { formatResult, resultsOf } from './result.ts'
import type { Bench } from './row.ts'

let cache = ''
beforeAll(async () => (cache = await mkdtemp(join(tmpdir(), 'bench-test-'))))
afterAll(() => rm(cache, { recursive: true, force: true }))

/** Each row in few words and at few records; what they measure then means nothing. */
const QUICK = BENCHES.filter(({ name, rows }) => !name.startsWith('P15') && rows[0]?.id.startsWith('P'))

describe(measure, () => {
  test.for(QUICK.map((bench) => [bench.name, bench] as const))('%s', async ([, bench]) => {
    const runs: Run[] = []
    await measure(bench, {
      seed: 'test',
      size: bench.sizes.quick,
      runs: 1,
      cache,
      signal: AbortSignal.timeout(50_000),
      progress: () => undefined,
      onRun: (run) => runs.push(run),
    })
    const results = resultsOf(bench, bench.sizes.quick, runs)
    expect(results).toHaveLength(bench.rows.length)
    for (const result of results) {
      expect(result.ours, result.part).toBeGreaterThanOrEqual(0)
      expect(formatResult(result)).toMatch(/^[PH]\d+( \| [^|]+){5} \| (OK|MISSED)$/)
    }
  })

  it('tells a figure that is missing from a good one', async () => {
    const forgetful: Bench = {
      name: 'P0',
      rows: [{ id: 'P0', part: 'a', what: '', yardstick: '', unit: '', target: 1, better: 'lower' }],
      sizes: { default: 1, quick: 1 },
      open: async () => ({ run: async () => ({}), [Symbol.asyncDispose]: async () => undefined }),
    }
    const options = { seed: '', size: 1, runs: 1, cache, signal: AbortSignal.timeout(1000) }
    const measuring = measure(forgetful, { ...options, progress: () => undefined, onRun: () => undefined })
    await expect(measuring).rejects.toThrow('P0 gave no figures')
  })
})
