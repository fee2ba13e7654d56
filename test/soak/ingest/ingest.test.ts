import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runSoak } from '../run-soak.ts'
import { ingestSoak } from './ingest.ts'

describe(runSoak, () => {
  test.for([
    [100, 10_000],
    [5, 50_000],
  ] as const)(
    'kills a process %i times that takes in records beside %i, and nothing acknowledged is lost',
    { timeout: 600_000 },
    async ([times, records], { signal }) => {
      const folder = await mkdtemp(join(tmpdir(), 'soak-'))
      const result = await runSoak(ingestSoak, { folder, seed: 'test', times, records, signal, onRound() {} })
      expect(result.violations).toEqual([])
      expect(result.done).toBe(times)
      expect(result.figures['killsBetweenWriteAndAcknowledgement']).toBeGreaterThan(0)
      await rm(folder, { recursive: true })
    },
  )
})
