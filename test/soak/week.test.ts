import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runSoak } from './run-soak.ts'
import { playWeek } from './week.ts'

it('an hourly list grows the mesh by its change alone, and asks before half of it goes', async ({
  signal,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'week-'))
  const soak = playWeek({ listLength: 200, halvedEvery: 4 })
  const result = await runSoak(soak, { folder, seed: 'test', times: 3, signal, onRound() {} })
  expect(result.violations).toEqual([])
  expect(result.figures['grown']).toBe(200 + 2 * 4)
  await rm(folder, { recursive: true })
}, 180_000)
