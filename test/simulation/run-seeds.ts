import { createHash } from 'node:crypto'
import { runSeed } from './run-seed.ts'
import { sharedFoundation } from './shared-foundation.ts'
import type { Violation } from './violation.ts'

/** Which seeds to run, and when to stop. */
export interface SeedsPlan {
  readonly first: number
  /** Included. */
  readonly last: number
  /** @default as many as each seed says */
  readonly steps?: number
  /** Whether the first seed that breaks something ends it. */
  readonly isFirstEnough: boolean
  /** Called every few seconds. */
  readonly onProgress: (result: SeedsResult) => void
}

/** What seeds have shown so far. */
export interface SeedsResult {
  readonly planned: number
  readonly done: number
  /** Sums over all runs. */
  readonly nodes: number
  readonly steps: number
  readonly records: number
  /** SHA-256 over the hashes of all traces; for one seed, that of its trace. */
  readonly hash: string
  readonly seconds: number
  readonly violations: readonly (Violation & { readonly seed: number })[]
}

const PROGRESS_MS = 5_000

/** Runs seeds one after the other. */
export async function runSeeds(plan: SeedsPlan): Promise<SeedsResult> {
  const { first, last, steps, isFirstEnough, onProgress } = plan
  const startedAt = performance.now()
  const foundation = await sharedFoundation()
  const hashes: string[] = []
  const violations: (Violation & { seed: number })[] = []
  const sums = { nodes: 0, steps: 0, records: 0 }
  let shownAt = performance.now()
  const result = (): SeedsResult => ({
    planned: last - first + 1,
    done: hashes.length,
    ...sums,
    hash:
      hashes.length === 1 ? (hashes[0] as string) : createHash('sha256').update(hashes.join()).digest('hex'),
    seconds: Math.round((performance.now() - startedAt) / 1000),
    violations: [...violations],
  })
  for (let seed = first; seed <= last; seed++) {
    const run = await runSeed(foundation, seed, steps === undefined ? {} : { steps })
    hashes.push(run.hash)
    for (const name of ['nodes', 'steps', 'records'] as const) sums[name] += run[name]
    violations.push(...run.violations.slice(0, 1).map((violation) => ({ seed, ...violation })))
    if (isFirstEnough && violations.length > 0) break
    if (performance.now() - shownAt > PROGRESS_MS) {
      onProgress(result())
      shownAt = performance.now()
    }
  }
  return result()
}
