import { renewOperator } from '@intelmesh/node'
import { expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { allAgree, startMesh } from '../support/mesh.ts'

it('members follow an ACO whose operator certificate the root renewed, also after a restart', async () => {
  await using mesh = await startMesh({ members: ['member'] })
  const { beacon } = (await mesh.node('member').api.status()).aco
  await mesh.stop('aco')
  const access = mesh.access('aco')
  await renewOperator({
    ...access,
    rootKey: `${access.home}/root.key`,
    rootPassphrase: access.passphrase,
    days: 500,
  })
  const aco = (await mesh.start('aco')) as typeof mesh.aco
  await eventually(async () =>
    expect((await mesh.node('member').api.status()).aco.beacon).toBeGreaterThan(beacon),
  )
  await allAgree(mesh.running())
  await mesh.stop('member')
  await mesh.start('member')
  await allAgree(mesh.running())
  expect(await aco.api.aco.list()).toHaveLength(2)
})
