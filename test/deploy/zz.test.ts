import { renewOperator } from '@intelmesh/node'
import { expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { allAgree, startMesh } from '../support/mesh.ts'
import { setTimeout as wait } from 'node:timers/promises'

for (const renew of [false, true]) it(`renew ${renew}`, async () => {
  await using mesh = await startMesh({ members: ['member'] })
  const { beacon } = (await mesh.node('member').api.status()).aco
  await mesh.stop('aco')
  const access = mesh.access('aco')
  if (renew) await renewOperator({ ...access, rootKey: `${access.home}/root.key`, rootPassphrase: access.passphrase, days: 500 })
  const aco = (await mesh.start('aco')) as typeof mesh.aco
  await eventually(async () => expect((await mesh.node('member').api.status()).aco.beacon).toBeGreaterThan(beacon))
  for (const n of mesh.running()) { const s = await n.api.status(); console.log('A', renew, s.isInSync, s.peers, s.log, s.aco.beacon, JSON.stringify(s.sets.control), s.sets.control?.count) }
  await mesh.stop('member')
  await mesh.start('member')
  await wait(8000)
  for (const n of mesh.running()) { const s = await n.api.status(); console.log('B', renew, s.isInSync, s.peers, s.log, s.aco.beacon, JSON.stringify(s.sets.control), s.certificate.standing); console.log(await n.api.quarantine({limit: 5})) ; console.log((await n.api.peers()).map(p=>p.node.slice(0,6)+p.standing)) }
})
