import { rename } from 'node:fs/promises'
import { homePaths, restoreHome, resumeAco, writeBackup } from '@intelmesh/node'
import { codeOf } from '@intelmesh/protocol'
import { expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { allAgree, startMesh } from '../support/mesh.ts'

const NEVER = new AbortController().signal
const BEATING = { 'status.beat_seconds': 1 }

it('an ACO whose disk died goes on from a backup, above every beacon that members heard', async () => {
  await using mesh = await startMesh({ members: ['member'], aco: BEATING })
  const member = mesh.node('member')
  const home = mesh.home('aco')
  const file = `${home}.backup`
  const options = { at: 0, mayReplace: false, signal: NEVER }
  await writeBackup(file, { paths: homePaths(home), store: mesh.aco.api.backup(NEVER) }, options)
  const before = (await mesh.aco.api.status()).aco.beacon
  await eventually(async () => expect((await member.api.status()).aco.beacon).toBeGreaterThan(before))
  await mesh.stop('aco')
  await rename(home, `${home}.gone`)

  await restoreHome(file, home, NEVER)
  expect(await resumeAco(home, { isLatest: false }).catch(codeOf)).toBe('AUTHORITY_BEHIND')
  const restored = await mesh.start('aco', BEATING)
  expect(restored.api.aco).toBeUndefined()
  expect(await resumeAco(home, { isLatest: false }).catch(codeOf)).toBe('HOME_IN_USE')
  const heard = (await member.api.status()).aco.beacon
  await eventually(async () => expect((await restored.api.status()).aco.beacon).toBe(heard))
  await mesh.stop('aco')

  const { beacon } = await resumeAco(home, { isLatest: false })
  expect(beacon).toBeGreaterThan(heard)
  expect(await resumeAco(home, { isLatest: false }).catch(codeOf)).toBe('KEY_MISSING')
  await mesh.start('aco', BEATING)
  await eventually(async () => expect((await member.api.status()).aco.beacon).toBeGreaterThan(beacon))
  await allAgree(mesh.running())
  for (const { api } of mesh.running())
    expect((await api.status()).log).toMatchObject({ state: 'consistent' })
})
