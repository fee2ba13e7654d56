import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { killSoak } from './kill.ts'
import { runSoak } from './run-soak.ts'

describe(runSoak, () => {
  it('kills a publishing node of 1,000 records ten times, and nothing acknowledged is lost', async ({
    signal,
  }) => {
    const folder = await mkdtemp(join(tmpdir(), 'soak-'))
    const result = await runSoak(killSoak, {
      folder,
      seed: 'test',
      times: 10,
      records: 1_000,
      signal,
      onRound() {},
    })
    expect(result.violations).toEqual([])
    expect(result.done).toBe(10)
    expect(result.figures['acknowledged']).toBeGreaterThan(0)
    await rm(folder, { recursive: true })
  }, 300_000)
})
