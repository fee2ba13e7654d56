import { randomBytes } from 'node:crypto'
import { encodeBatch, type SyncMessage } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, expectServed, laySiege, newAttacker, scoreOf, type Siege } from '../support/attack.ts'
import { type AttackerSession, startAttacker } from '../support/attacker.ts'
import { eventually } from '../support/eventually.ts'
import { batchOf, certify, leafOf, stixOf } from '../support/forge.ts'
import { startMesh } from '../support/mesh.ts'
import { helloOf, open } from '../support/session.ts'
import { EMPTY_SET } from '../protocol/trees.ts'
import { DEFAULT_NETWORK } from '../../packages/node/src/network/index.ts'

let siege: Siege
beforeAll(async () => {
  siege = await laySiege()
})
afterAll(() => siege?.[Symbol.asyncDispose]())

describe('a forged copy that comes before the genuine batch', () => {
  it('costs its sender, and suppresses nothing', async () => {
    const { mesh, victim, others } = siege
    await using author = await newAttacker(mesh, victim)
    await using forger = await newAttacker(mesh, victim)
    const { bytes, header, leaves, ids } = await batchOf(author.author)
    // The signature is the last of a header.
    const forged = Uint8Array.from(header, (byte, at) => (at === header.length - 1 ? byte ^ 1 : byte))
    await forger.gossip('green', encodeBatch(forged, leaves))
    await eventually(async () => expect(await scoreOf(victim, forger.node)).toBeLessThan(-50))
    await author.gossip('green', bytes)
    for (const node of [victim, ...others]) await eventually(() => node.api.show(ids[0] as string))
    expect(await scoreOf(victim, author.node)).toBeGreaterThan(-1)
  })
})

describe('a batch that is sent again once nobody remembers that it was seen', () => {
  it('is stored once, and not passed on', async () => {
    await using mesh = await startMesh({ members: ['alpha', 'beta'] })
    await mesh.enrol({ name: 'mallory' })
    const home = mesh.home('mallory')
    const { bytes, ids } = await (async () => {
      await using attacker = await startAttacker({ home, victim: mesh.node('alpha').addresses[0] as string })
      const batch = await batchOf(attacker.author)
      await attacker.gossip('green', batch.bytes)
      await Promise.all(mesh.running().map((node) => eventually(() => node.api.show(batch.ids[0] as string))))
      return batch
    })()
    await mesh.stop('alpha')
    const victim = await mesh.start('alpha')
    await using attacker = await startAttacker({ home, victim: victim.addresses[0] as string })
    await using witness = await newAttacker(mesh, victim)
    await witness.force('green')
    await eventually(async () => {
      const peers = await victim.api.peers()
      expect(peers.find(({ node }) => node === witness.node)?.topics).not.toEqual([])
    })
    await attacker.gossip('green', bytes)
    await expectServed([victim, mesh.node('beta')], attacker)
    await eventually(() => expect(witness.received).toHaveLength(1))
    expect(Buffer.compare(witness.received[0]?.bytes ?? new Uint8Array(), bytes)).not.toBe(0)
    expect((await victim.api.status()).records).toBe(2)
    expect(await victim.api.show(ids[0] as string)).toBeDefined()
    expect(await scoreOf(victim, attacker.node)).toBeGreaterThan(-1)
  })
})

describe('a peer that opens a thousand sessions', () => {
  it('gets four, has all others reset, and the node goes on', async () => {
    const { mesh, victim, others } = siege
    await using attacker = await newAttacker(mesh, victim)
    const opened = await Promise.allSettled(Array.from({ length: 1000 }, () => attacker.openSession()))
    const answers = await Promise.all(opened.map((each) => answerOf(each)))
    // None of them has ended: what is answered has its place still.
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(DEFAULT_NETWORK.maxInboundSessions)
    expect(attacker.isConnected).toBe(true)
    await using bystander = await newAttacker(mesh, victim)
    await expectServed([victim, ...others], bystander)
    await using session = await open(bystander, 'control')
    expect(session).toBeDefined()
  })
})

/** What the victim says in a session to begin with, unless it resets it. */
async function answerOf(opened: PromiseSettledResult<AttackerSession>): Promise<SyncMessage | undefined> {
  if (opened.status === 'rejected') return undefined
  await opened.value.send({ type: 'hello', hello: helloOf('green', EMPTY_SET) }).catch(() => undefined)
  return opened.value.receive().catch(() => undefined)
}

describe('a member that floods others with what nobody wants', () => {
  it('is read no more for a while, loses no score for it, and drowns nobody', async () => {
    const { mesh, aco, victim, others } = siege
    await using attacker = await newAttacker(mesh, victim)
    await using bystander = await newAttacker(mesh, victim)
    // Of an author that nobody has heard of: nobody but the sender can be held to account.
    const unknown = await certify(aco.operator)
    const description = randomBytes(100_000).toString('hex')
    const large = Array.from({ length: 4 }, () =>
      leafOf(unknown, { body: { kind: 'stix', stix: stixOf({ description }) } }),
    )
    for (let i = 0; i < BATCHES; i++) {
      const leaves = [...large, leafOf(unknown)]
      const { bytes } = await batchOf(unknown, { leaves, header: { chain: randomBytes(16) } })
      await attacker.gossip('green', bytes)
    }
    await eventually(async () => expect(await codesOf(victim, attacker.node)).toContain('CERT_UNKNOWN'))
    await expectServed([victim, ...others], bystander)
    expect(attacker.waiting).toBeGreaterThan(1024 * 1024)
    expect(await scoreOf(victim, attacker.node)).toBeGreaterThan(-1)
  })
})

/** Of 800 KB each: the victim would take a minute and more to read them all. */
const BATCHES = 48

describe('a member that floods others with what is in order', () => {
  it(
    'is heard up to its quota, loses no score for the rest, and drowns nobody',
    { timeout: LONG_MS },
    async () => {
      await using mesh = await startMesh({ members: [] })
      const victim = mesh.aco
      await using attacker = await newAttacker(mesh, victim)
      await using bystander = await newAttacker(mesh, victim)
      const ids: string[] = []
      while (!(await codesOf(victim, attacker.node)).includes('QUOTA')) {
        // Of 880 KB. An author may have 64 MiB checked at once, and half a megabyte more each second.
        const leaves = Array.from({ length: 4 }, () =>
          leafOf(attacker.author, {
            body: { kind: 'stix', stix: stixOf({ description: randomBytes(110_000).toString('hex') }) },
          }),
        )
        const batch = await batchOf(attacker.author, { leaves })
        ids.push(batch.ids[0] as string)
        // As fast as it is read, and no faster: nothing of it is lost on the way.
        await eventually(() => expect(attacker.waiting).toBeLessThan(1024 * 1024))
        await attacker.gossip('green', batch.bytes)
      }
      expect(ids.length).toBeGreaterThan(70)
      await expectServed([victim], bystander)
      await victim.api.show(ids[0] as string)
      await expect(victim.api.show(ids.at(-1) as string)).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' })
      expect(await scoreOf(victim, attacker.node)).toBeGreaterThan(-1)
      expect(await codesOf(victim, bystander.node)).toEqual([])
    },
  )
})

/** 70 MB are made, sent and judged in one process. */
const LONG_MS = 180_000
