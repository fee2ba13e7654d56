import { formatFailure, formatResult, type Result, resultsOf } from './result.ts'
import type { Bench } from './row.ts'
import { runBench } from './run-bench.ts'

/** How to go through the table. */
export interface TableOptions {
  /** Growth as often as everything else. */
  readonly full: boolean
  /** At so few records that the figures mean nothing. */
  readonly quick: boolean
  readonly seed: string
  /** Takes the lines of the table. */
  readonly print: (line: string) => void
  /** Takes what there is to say besides. */
  readonly report: (text: string) => void
}

/** What became of all rows. */
export interface Table {
  readonly results: readonly Result[]
  /** Benches that gave no figure, or were not measured as often as they should have been. */
  readonly failed: readonly string[]
}

/** Measures benches one after the other, each in a process of its own, and prints their rows as they come. */
export async function runTable(benches: readonly Bench[], options: TableOptions): Promise<Table> {
  const { full, quick, seed, print, report } = options
  const results: Result[] = []
  const failed: string[] = []
  for (const bench of benches) {
    const startedAt = performance.now()
    const size = quick ? bench.sizes.quick : bench.sizes.default
    const { runs: usual = DEFAULT_RUNS, fullRuns = usual, budgetMinutes = DEFAULT_BUDGET_MINUTES } = bench
    const wanted = full ? fullRuns : usual
    const task = {
      name: bench.name,
      seed,
      size,
      runs: quick ? 1 : wanted,
      budgetMs: budgetMinutes * MINUTE_MS * (wanted / usual),
    }
    const say = (text: string): void => report(`  ${bench.name}  ${elapsed(startedAt)}  ${text}`)
    const { runs, fault } = await runBench(task, nowAndThen(say))
    if (fault !== undefined) {
      say(fault)
      failed.push(bench.name)
    }
    if (runs.length === 0) {
      bench.rows.forEach((row) => print(formatFailure(row)))
      continue
    }
    const found = resultsOf(bench, size, runs)
    results.push(...found)
    found.forEach((result) => print(formatResult(result)))
  }
  return { results, failed }
}

/** Passes on what is told so often that somebody can read it. */
function nowAndThen(say: (text: string) => void): (text: string) => void {
  let saidAt = -Infinity
  return (text) => {
    if (performance.now() - saidAt < SAYING_MS) return
    saidAt = performance.now()
    say(text)
  }
}

function elapsed(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(0)} s`
}

const DEFAULT_RUNS = 5
const DEFAULT_BUDGET_MINUTES = 5
const MINUTE_MS = 60_000
const SAYING_MS = 2_000
