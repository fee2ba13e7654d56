import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench, Ground, Pair } from './row.ts'

/** What one run gave, by the part of each row. */
export type Run = Readonly<Record<string, Pair>>

/** How to measure a bench. */
export interface Measuring extends Pick<Ground, 'seed' | 'size' | 'parts' | 'cache' | 'progress'> {
  readonly runs: number
  /** When the time for it is out. */
  readonly signal: AbortSignal
  /** Told of each run as it ends. */
  readonly onRun: (run: Run) => void
}

/** Sets a bench up once, and measures until it was measured often enough or its time is out. Runs that were told of stand. */
export async function measure(bench: Bench, { runs, signal, onRun, ...ground }: Measuring): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `intelmesh-bench-${bench.name.toLowerCase()}-`))
  await using cleaning = new AsyncDisposableStack()
  cleaning.defer(() => rm(folder, { recursive: true, force: true }))
  const session = cleaning.use(await bench.open({ ...ground, folder, signal }))
  for (let number = 0; number < runs && !signal.aborted; number++) {
    ground.progress(`run ${number + 1} of ${runs}`)
    const run = await session.run(number)
    assertWhole(bench, ground.parts, run)
    onRun(run)
  }
}

/** A figure that is missing or no number would otherwise pass for a good one. */
function assertWhole({ name, rows }: Bench, parts: readonly string[] | undefined, run: Run): void {
  for (const part of parts ?? rows.map((row) => row.part)) {
    const pair = run[part]
    if (pair === undefined || !Number.isFinite(pair.ours) || !Number.isFinite(pair.yardstick))
      throw new Error(`${name} gave no figures for "${part}"`)
  }
}
