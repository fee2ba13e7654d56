import { type RunResult, runSeed } from './run-seed.ts'
import { sharedFoundation } from './shared-foundation.ts'

/** The least that was found to break the same. */
export interface Shrunk {
  /** Numbers of the steps in which something is done. */
  readonly kept: readonly number[]
  readonly steps: number
  readonly result: RunResult
}

/** Runs that are tried at most. */
const MAX_RUNS = 120

/** Leaves out steps of a broken run, many at a time, then few, as long as it breaks in the same way. */
export async function shrink(seed: number, most?: number): Promise<Shrunk> {
  const foundation = await sharedFoundation()
  const whole = await runSeed(foundation, seed, most === undefined ? {} : { steps: most })
  const code = whole.violations[0]?.code
  const steps = Math.min(whole.steps, whole.endedAt)
  let best = whole
  let skipped: ReadonlySet<number> = new Set()
  let runs = 0
  for (
    let size = Math.ceil(steps / 2);
    size >= 1 && code !== undefined;
    size = size > 1 ? Math.ceil(size / 2) : 0
  )
    for (let from = 1; from <= steps && runs < MAX_RUNS; from += size) {
      const more = Array.from({ length: Math.min(size, steps + 1 - from) }, (_, i) => from + i)
      if (more.every((step) => skipped.has(step))) continue
      const tried = new Set([...skipped, ...more])
      const run = await runSeed(foundation, seed, { steps, skipped: tried })
      runs++
      if (run.violations[0]?.code !== code) continue
      skipped = tried
      best = run
    }
  const kept = Array.from({ length: steps }, (_, i) => i + 1).filter((step) => !skipped.has(step))
  return { kept, steps, result: best }
}
