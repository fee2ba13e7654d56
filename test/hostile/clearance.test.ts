import {
  fromHex,
  headerHash,
  openLoneRecord,
  portableCrypto,
  type SyncMessage,
  topicOf,
} from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EMPTY_SET } from '../protocol/trees.ts'
import { expectServed, laySiege, newAttacker, type Siege } from '../support/attack.ts'
import { startAttacker } from '../support/attacker.ts'
import { eventually } from '../support/eventually.ts'
import { batchOf, stixOf, textOf } from '../support/forge.ts'
import { exchange, helloOf } from '../support/session.ts'

const GREEN = topicOf('green', 'finance.eu')

let siege: Siege
beforeAll(async () => {
  siege = await laySiege()
})
afterAll(() => siege?.[Symbol.asyncDispose]())

describe('a member without the clearance', () => {
  it('gets nothing of GREEN, though it forces a graft; all of CLEAR', async () => {
    const { mesh, victim } = siege
    const home = await mesh.enrol({ name: 'cleared', clearance: 'clear' })
    await using attacker = await startAttacker({ home, victim: victim.addresses[0] as string })
    await attacker.force('green')
    await attacker.force('clear')
    await attacker.force('control')
    const clear = topicOf('clear', 'finance.eu')
    await eventually(async () => expect(await topicsOf(attacker.node)).toContain(clear))
    await publish('green')
    await publish('clear')
    await eventually(() => expect(attacker.received.map(({ topic }) => topic)).toContain(clear))
    await publish('green')
    await publish('clear')
    await eventually(() => expect(attacker.received.filter(({ topic }) => topic === clear)).toHaveLength(2))
    expect(attacker.received.map(({ topic }) => topic)).not.toContain(GREEN)
    expect(await topicsOf(attacker.node)).not.toContain(GREEN)
  })

  it('has what it sends to GREEN dropped unseen', async () => {
    const { mesh, victim, others } = siege
    const home = await mesh.enrol({ name: 'cleared too', clearance: 'clear' })
    await using attacker = await startAttacker({ home, victim: victim.addresses[0] as string })
    await using bystander = await newAttacker(mesh, victim)
    const { bytes, ids } = await batchOf(attacker.author)
    await attacker.gossip('green', bytes)
    await expectServed([victim, ...others], bystander)
    await expect(victim.api.show(ids[0] as string)).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' })
  })

  it('gets no id, no record and no header of GREEN', async () => {
    const { mesh, victim } = siege
    const home = await mesh.enrol({ name: 'cleared as well', clearance: 'clear' })
    await using attacker = await startAttacker({ home, victim: victim.addresses[0] as string })
    const object = { where: '1', text: textOf(stixOf()) }
    const { published } = await victim.api.publish({ tlp: 'green', objects: [object] })
    const green = fromHex(published[0]?.record as string)
    for (const set of ['green', 'green/tombstones'] as const) {
      await using session = await attacker.openSession()
      await session.send({ type: 'hello', hello: helloOf(set, EMPTY_SET) })
      expect(await session.receive()).toEqual({ type: 'refused', code: 'NOT_ENTITLED' })
      await session.send({ type: 'want', ids: green }).catch(() => undefined)
      expect(await session.receive().catch(() => undefined)).toBeUndefined()
    }
    expect(await exchange(attacker, 'clear', { type: 'want', ids: green })).toEqual({
      type: 'items',
      more: false,
      items: [],
    })
    const { items } = await victim.api.export({ record: published[0]?.record as string })
    const { header } = openLoneRecord(portableCrypto, Buffer.from(items[0]?.proof ?? '', 'base64url'))
    const headers: SyncMessage = { type: 'headers', hashes: headerHash(portableCrypto, header.bytes) }
    expect(await exchange(attacker, 'clear', headers)).toEqual({ type: 'items', more: false, items: [] })
  })
})

async function publish(tlp: 'clear' | 'green'): Promise<void> {
  const { published } = await siege.victim.api.publish({
    tlp,
    objects: [{ where: '1', text: textOf(stixOf()) }],
  })
  expect(published).toHaveLength(1)
}

async function topicsOf(node: string): Promise<readonly string[]> {
  const peers = await siege.victim.api.peers()
  return peers.find((peer) => peer.node === node)?.topics ?? []
}
