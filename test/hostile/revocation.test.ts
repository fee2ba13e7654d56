import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, expectRefusal, laySiege, type Siege } from '../support/attack.ts'
import { type Attacker, startAttacker } from '../support/attacker.ts'
import { eventually } from '../support/eventually.ts'
import { type Author, batchOf, type Forged, leafOf, readAuthor } from '../support/forge.ts'
import { allAgree } from '../support/mesh.ts'
import { helloOf } from '../support/session.ts'
import { EMPTY_SET } from '../protocol/trees.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

let siege: Siege
/** A member that has published, and was revoked since. */
let revoked: Author
let good: Forged
const chain = randomBytes(16)
beforeAll(async () => {
  siege = await laySiege()
  const { mesh, victim } = siege
  const home = await mesh.enrol({ name: 'revoked' })
  await using member = await startAttacker({ home, victim: victim.addresses[0] as string })
  revoked = await readAuthor(home)
  good = await batchOf(revoked, { header: { chain } })
  await member.gossip('green', good.bytes)
  for (const node of mesh.running()) await eventually(() => node.api.show(good.ids[0] as string))
  const { closedChains } = await mesh.aco.api.aco.act({
    action: 'revoke',
    who: 'revoked',
    reason: 'key-compromise',
  })
  expect(closedChains).toBe(1)
  await allAgree(mesh.running())
})
afterAll(() => siege?.[Symbol.asyncDispose]())

describe('a revoked key', () => {
  it.for<[what: string, forge: () => Promise<Forged>]>([
    ['goes on with its chain', () => batchOf(revoked, { header: { chain, seq: 1, previous: good.hash } })],
    ['begins a new chain', () => batchOf(revoked)],
    ['backdates', () => backdated({})],
    ['backdates a fork of its chain', () => backdated({ chain })],
    ['says again what it has said', () => batchOf(revoked, { leaves: good.leaves })],
  ])('that %s is heard by nobody, whoever passes it on', async ([, forge]) => {
    const attacker = await siege.attackers.next()
    const { bytes } = await forge()
    await expectRefusal(siege, {
      attacker,
      send: () => attacker.gossip('green', bytes),
      code: 'CHAIN_CLOSED',
    })
    await hand(attacker, await forge())
    expect(await codesOf(siege.victim, attacker.node)).toContain('CHAIN_CLOSED')
    for (const node of siege.mesh.running()) await node.api.show(good.ids[0] as string)
  })
})

describe('a node that was away', () => {
  it('hears of a revocation before it takes data, also from a peer that hands it over at once', async () => {
    const { mesh, victim } = siege
    await mesh.enrol({ name: 'away' })
    await mesh.start('away')
    const home = await mesh.enrol({ name: 'compromised' })
    const author = await readAuthor(home)
    await allAgree(mesh.running())
    await mesh.stop('away')
    await mesh.aco.api.aco.act({ action: 'revoke', who: 'compromised', reason: 'key-compromise' })
    const late = await batchOf(author)

    const away = await mesh.start('away')
    const eve = await mesh.enrol({ name: 'eve' })
    await using attacker = await startAttacker({ home: eve, victim: away.addresses[0] as string })
    await attacker.gossip('green', late.bytes)
    await hand(attacker, late)
    await eventually(async () => expect((await away.api.status()).isInSync).toBe(true))
    await hand(attacker, late)
    await expect(away.api.show(late.ids[0] as string)).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' })
    const records = await Promise.all([away, victim].map(async ({ api }) => (await api.status()).records))
    expect(records[0]).toBe(records[1])
    await mesh.stop('away')
  })
})

/** Hands a batch over in a session, if the victim has one. */
async function hand(attacker: Attacker, { bytes }: Forged): Promise<void> {
  await using session = await attacker.openSession()
  await session.send({ type: 'hello', hello: helloOf('green', EMPTY_SET) })
  const answer = await session.receive()
  if (answer?.type !== 'hello' && answer?.type !== 'same') return
  await session.send({ type: 'items', more: false, items: [{ form: 'batch', bytes }] })
  await session.receive()
}

/** A batch of some minutes ago, while the key was good. */
async function backdated(header: { readonly chain?: Uint8Array }): Promise<Forged> {
  const at = Date.now() - 4 * MINUTE_MS
  const leaf = leafOf(revoked, { at, clear: { expires: Math.floor(at / HOUR_MS) + 24 } })
  return batchOf(revoked, { leaves: [leaf], from: at, to: at, header })
}
