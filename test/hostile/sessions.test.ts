import { randomBytes } from 'node:crypto'
import {
  encodeControl,
  encodeLoneRecord,
  fromHex,
  loneRecord,
  portableCrypto,
  type SyncItem,
  type SyncMessage,
} from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { verdictOf } from '../../packages/node/src/admission/index.ts'
import { codesOf, expectServed, laySiege, scoreOf, type Siege } from '../support/attack.ts'
import { type Attacker, type AttackerSession, decline, startAttacker } from '../support/attacker.ts'
import { EMPTY_SET } from '../protocol/trees.ts'
import { eventually } from '../support/eventually.ts'
import { honestly, inventedSet, show } from '../support/false-sets.ts'
import { batchOf, certify, type Forged, leafOf } from '../support/forge.ts'
import { exchange, open, helloOf } from '../support/session.ts'

let siege: Siege
beforeAll(async () => {
  siege = await laySiege()
})
afterAll(() => siege?.[Symbol.asyncDispose]())

type ForgeItem = (attacker: Attacker) => Promise<SyncItem>

const ITEMS: readonly (readonly [what: string, code: string, forge: ForgeItem])[] = [
  [
    'a batch that is no CBOR',
    'CBOR_MALFORMED',
    async () => ({ form: 'batch', bytes: new Uint8Array(9).fill(0x7b) }),
  ],
  [
    'a record that is no CBOR',
    'CBOR_MALFORMED',
    async () => ({ form: 'record', bytes: new Uint8Array(9).fill(0x7b) }),
  ],
  [
    'a record under another header',
    'PROOF_MISMATCH',
    async ({ author }) => lone(await batchOf(author), { leaf: leafOf(author) }),
  ],
  [
    'a record in another place',
    'PROOF_MISMATCH',
    async ({ author }) => lone(await pairOf(author), { index: 1 }),
  ],
  [
    'a record with too long a path',
    'PROOF_MISMATCH',
    async ({ author }) => lone(await batchOf(author), { path: [randomBytes(32)] }),
  ],
  [
    'a record whose header another key signed',
    'COSE_SIGNATURE_INVALID',
    async ({ author }) => lone(await batchOf(author, { signer: siege.aco.operator.signer })),
  ],
  [
    'a batch with another signature',
    'COSE_SIGNATURE_INVALID',
    async ({ author }) => ({
      form: 'batch',
      bytes: (await batchOf(author, { signer: siege.aco.operator.signer })).bytes,
    }),
  ],
  [
    'a record by somebody whom nobody knows',
    'CERT_UNKNOWN',
    async () => lone(await batchOf(await certify(siege.aco.operator))),
  ],
  [
    'a record that belongs to another set',
    'LEAF_AUDIENCE_MISMATCH',
    async ({ author }) =>
      lone(
        await batchOf(author, {
          leaves: [leafOf(author, { clear: { compartments: ['clear'], tlp: 'clear' } })],
        }),
      ),
  ],
  [
    'a control object among records',
    'BATCH_MALFORMED',
    async ({ author }) => ({
      form: 'control',
      bytes: encodeControl({ kind: 'certificate', bytes: author.certificate }),
    }),
  ],
  [
    'a header that is none',
    'COSE_TYP_MISMATCH',
    async ({ author }) => ({ form: 'header', bytes: author.certificate }),
  ],
]

describe('an item that a peer hands over', () => {
  test.for(ITEMS)('being %s is refused with %s', async ([, code, forge]) => {
    const { victim, others } = siege
    const attacker = await siege.attackers.next()
    const score = await scoreOf(victim, attacker.node)
    const { records } = await victim.api.status()
    const answer = await exchange(attacker, 'green', {
      type: 'items',
      more: false,
      items: [await forge(attacker)],
    })
    expect(answer).toEqual({ type: 'taken' })
    expect(await codesOf(victim, attacker.node)).toContain(code)
    await expectServed([victim, ...others], attacker)
    expect((await victim.api.status()).records).toBe(records + 1)
    await eventually(async () => {
      const cost = score - (await scoreOf(victim, attacker.node))
      if (verdictOf(code).action === 'reject') expect(cost).toBeGreaterThan(50)
      else expect(cost).toBeLessThan(1)
    })
  })

  it('is stored when it is in order, as a batch, alone, and both', async () => {
    const attacker = await siege.attackers.next()
    const batch = await pairOf(attacker.author)
    const items = [lone(batch), { form: 'batch', bytes: batch.bytes }, lone(batch)] as const
    for (const item of items) await exchange(attacker, 'green', { type: 'items', more: false, items: [item] })
    for (const id of batch.ids) await siege.victim.api.show(id)
  })
})

const BREACHES: readonly (readonly [what: string, code: string, frame: SyncMessage | Uint8Array])[] = [
  ['no CBOR', 'CBOR_UNSUPPORTED', new Uint8Array(9).fill(0xff)],
  ['a hundred thousand arrays in each other', 'CBOR_LIMIT', new Uint8Array(100_000).fill(0x81)],
  ['a message of no known kind', 'SYNC_MALFORMED', Uint8Array.of(0x81, 0x18, 0x63)],
  ['an answer in the place of a question', 'SYNC_MALFORMED', { type: 'hashes', hashes: [] }],
  ['a question for the log of another set', 'SYNC_MALFORMED', { type: 'log', from: 0 }],
  ['a question for a place that is none', 'SYNC_MALFORMED', { type: 'ask', paths: ['../../etc'] }],
]

describe('a session that breaks the protocol', () => {
  test.for(BREACHES)('by %s ends, is written down as %s, and costs', async ([, code, frame]) => {
    const { victim, others } = siege
    const attacker = await siege.attackers.next()
    const score = await scoreOf(victim, attacker.node)
    const noted = (await codesOf(victim, attacker.node)).length
    await using session = await open(attacker, 'green')
    await (frame instanceof Uint8Array ? session.sendRaw(frame) : session.send(frame))
    expect(await session.receive().catch(() => undefined)).toBeUndefined()
    await eventually(async () => expect((await codesOf(victim, attacker.node)).slice(noted)).toContain(code))
    expect(await scoreOf(victim, attacker.node)).toBeLessThan(score - 50)
    await expectServed([victim, ...others], attacker)
  })

  test.for<[what: string, code: string, answer: (session: AttackerSession) => Promise<void>]>([
    [
      'that shows another tree than it promised',
      'SYNC_TREE_MISMATCH',
      async (session) => {
        const { root } = await inventedSet(60)
        await show(session, { ...honestly(await inventedSet(60)), root })
      },
    ],
    [
      'that answers with something else',
      'SYNC_MALFORMED',
      async (session) => session.send({ type: 'taken' }),
    ],
    [
      'that opens another set',
      'SYNC_MALFORMED',
      async (session) => session.send({ type: 'hello', hello: helloOf('clear', EMPTY_SET) }),
    ],
  ])('by a peer %s ends with %s', async ([, code, answer]) => {
    const { mesh, victim } = siege
    const home = await mesh.enrol({ name: `liar ${code} ${randomBytes(4).toString('hex')}` })
    await using attacker = await startAttacker({
      home,
      victim: victim.addresses[0] as string,
      async serve(session) {
        const first = await session.receive()
        if (first?.type !== 'hello') return
        if (first.hello.set === 'green') await answer(session)
        else await decline(session)
      },
    })
    await eventually(async () => expect(await codesOf(victim, attacker.node)).toContain(code))
    expect(await scoreOf(victim, attacker.node)).toBeLessThan(-50)
  })
})

describe('what a peer promises', () => {
  it('is asked for, judged like everything else, and not asked for again where that was in vain', async () => {
    const { mesh, victim } = siege
    const home = await mesh.enrol({ name: 'promiser' })
    const wanted: (string | undefined)[] = []
    const after: (string | undefined)[] = []
    await using attacker = await startAttacker({
      home,
      victim: victim.addresses[0] as string,
      async serve(session) {
        const first = await session.receive()
        if (first?.type !== 'hello') return
        if (first.hello.set !== 'green') return decline(session)
        const want = await show(session, honestly(await inventedSet(3)))
        wanted.push(want?.type)
        const bad = await batchOf(attacker.author, { signer: siege.aco.operator.signer })
        await session.send({ type: 'items', more: false, items: [{ form: 'batch', bytes: bad.bytes }] })
        after.push((await session.receive())?.type)
      },
    })
    await eventually(async () => expect(await scoreOf(victim, attacker.node)).toBeLessThan(-50))
    expect(await codesOf(victim, attacker.node)).toContain('COSE_SIGNATURE_INVALID')
    expect(wanted[0]).toMatch(/^(?:want|pick|fetch)$/)
    expect(after).not.toContain(wanted[0])
  })
})

describe('a hello', () => {
  it('from a clock that is far ahead is refused, and sweeps nothing away', async () => {
    const { victim } = siege
    const attacker = await siege.attackers.next()
    const { records } = await victim.api.status()
    await using session = await attacker.openSession()
    await session.send({ type: 'hello', hello: { ...helloOf('green', EMPTY_SET), asOf: 10_000_000 } })
    expect(await session.receive()).toEqual({ type: 'refused', code: 'CLOCKS_DIFFER' })
    expect((await victim.api.status()).records).toBe(records)
  })
})

function pairOf(author: Attacker['author']): Promise<Forged> {
  return batchOf(author, { leaves: [leafOf(author), leafOf(author)] })
}

/** The first record of a batch, alone, with parts of its proof changed. */
function lone(
  { header, leaves, ids }: Forged,
  over: { readonly leaf?: Uint8Array; readonly index?: number; readonly path?: readonly Uint8Array[] } = {},
): SyncItem {
  const record = loneRecord(
    portableCrypto,
    { header, leafHashes: ids.map(fromHex) },
    0,
    leaves[0] as Uint8Array,
  )
  return { form: 'record', bytes: encodeLoneRecord({ ...record, ...over }) }
}
