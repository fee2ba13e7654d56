import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cutInHalves } from './partition.ts'
import { runSoak } from './run-soak.ts'

it('two halves go on publishing while they are cut apart, and agree once they are joined', async ({
  signal,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'partition-'))
  const soak = cutInHalves({ size: 6, perProcess: 2, cutMs: 6_000, perSecond: 20 })
  const result = await runSoak(soak, { folder, seed: 'test', times: 1, signal, onRound() {} })
  expect(result.violations).toEqual([])
  expect(result.figures).toMatchObject({ nodes: 6, published: 2 * 6 * 20 })
  await rm(folder, { recursive: true })
}, 180_000)
