import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runSoak } from '../run-soak.ts'
import { ingestSoak } from './ingest.ts'

describe(runSoak, () => {
  it(
    'kills a process ninety times that takes in records, and nothing acknowledged is lost',
    { timeout: 600_000 },
    async ({ signal }) => {
      const [times, records] = [90, 10_000]
      const folder = await mkdtemp(join(tmpdir(), 'soak-'))
      const result = await runSoak(ingestSoak, { folder, seed: 'test', times, records, signal, onRound() {} })
      expect(result.violations).toEqual([])
      expect(result.done).toBe(times)
      expect(result.figures['killsBetweenWriteAndAcknowledgement']).toBeGreaterThan(0)
      await rm(folder, { recursive: true })
    },
  )
})
