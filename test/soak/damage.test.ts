import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { damageSoak } from './damage.ts'
import { runSoak } from './run-soak.ts'

it('notices eight kinds of damage, and has back from its peers what was acknowledged', async ({ signal }) => {
  const folder = await mkdtemp(join(tmpdir(), 'damage-'))
  const result = await runSoak(damageSoak, { folder, seed: 'test', times: 8, signal, onRound() {} })
  expect(result.violations).toEqual([])
  expect(result.done).toBe(8)
  await rm(folder, { recursive: true })
}, 600_000)
