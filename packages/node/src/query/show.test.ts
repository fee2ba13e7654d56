import { fromHex, portableCrypto, rootFromInclusion, toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import type { RecordDetail, RecordLife } from '../api.ts'
import { session } from '../syncing/testing/test-session.ts'
import { commentText, NEGATIVE, publishTexts, tell } from '../testing/test-comments.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, stixIdOf } from '../testing/test-objects.ts'
import type { QueryComponents } from './may-show.ts'
import { showRecord } from './show.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']

let aco: TestAco
let alice: TestNode
let bob: TestNode
/** Record ids by name. */
let ids: ReadonlyMap<string, string>

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  await alice.hear()
  const records = await publishTexts(
    alice,
    NAMES.map((name) => indicatorText(name)),
  )
  ids = new Map(records.map((record, i) => [NAMES[i] as string, record]))
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(showRecord, () => {
  it('shows the newest version by the id of the object, and each by its own', async () => {
    const modified = '2026-02-01T00:00:00.000Z'
    const [newest] = await publishTexts(alice, [indicatorText('c', { modified })])
    const detail = await showRecord(alice.query, stixIdOf('indicator', 'c'))
    expect(detail).toMatchObject({ record: newest, versions: [newest, ids.get('c')], releasedBy: 'RELEASED' })
    expect(await showRecord(alice.query, ids.get('c') as string)).toMatchObject({ record: ids.get('c') })
    expect(detail.certificates?.map(({ subject }) => subject)).toEqual(['node', 'operator', 'root'])
    expect(detail.log).toMatchObject({ index: expect.any(Number), size: alice.trust.log.size })
    expect(detail.observables).toEqual([{ type: 'ipv4', value: '198.51.100.7' }])
  })

  it('gives a path that leads from the record to the root, for each of a batch and for one that came alone', async () => {
    const batch = alice.announced[0]?.batch as Uint8Array
    await bob.hear()
    await (
      await bob.admission.admitItem(loneItems(batch)[3] as never, { kind: 'file' })
    ).stored
    const cases = [...NAMES.map((name) => [alice, name] as const), [bob, 'd'] as const]
    for (const [node, name] of cases) {
      const { record, index, path, root, batch: size } = await heldRecord(node.query, ids.get(name) as string)
      const found = rootFromInclusion(portableCrypto, {
        leafHash: fromHex(record),
        index,
        size,
        path: path.map(fromHex),
      })
      expect(found && toHex(found)).toBe(root)
    }
  })

  it('says the same of what is not here, whatever was asked for', async () => {
    for (const id of ['ff'.repeat(32), stixIdOf('indicator', 'none'), '', 'x', '--'])
      expect(await codeWhen(showRecord(alice.query, id))).toBe('RECORD_NOT_FOUND')
  })
})

describe('a beginning of an id', () => {
  it('names a record, held or taken back, from eight digits on', async () => {
    const id = idOf('a')
    expect(await showRecord(alice.query, id.slice(0, 8).toUpperCase())).toMatchObject({ record: id })
    await retract(alice, id, 'error')
    expect(await showRecord(alice.query, id.slice(0, 8))).toMatchObject({ record: id, stix: null })
    expect(await codeWhen(showRecord(alice.query, id.slice(0, 7)))).toBe('RECORD_NOT_FOUND')
  })

  it('names nothing when several begin so', async () => {
    const store = { ...alice.store, idsWithPrefix: async () => [idOf('a'), idOf('b')] }
    const query: QueryComponents = { ...alice.query, store }
    expect(await codeWhen(showRecord(query, '00000000'))).toBe('RECORD_AMBIGUOUS')
    const cleared: QueryComponents = { ...query, clearance: () => 'clear' }
    expect(await codeWhen(showRecord(cleared, '00000000'))).toBe('RECORD_NOT_FOUND')
  })
})

describe('the life of a record', () => {
  it('has the versions of its organisation and what was said, as far as whoever asks may see', async () => {
    const modified = '2026-02-01T00:00:00.000Z'
    const about = stixIdOf('indicator', 'a')
    const [second] = await publishTexts(alice, [indicatorText('a', { modified })], { tlp: 'green' })
    const [wide] = await publishTexts(bob, [indicatorText('a', { labels: ['tlp:clear'] })])
    await publishTexts(bob, [commentText('note', about, { name: 'n', content: 'seen in May' })])
    await publishTexts(bob, [commentText('sighting', about, { ...NEGATIVE, name: 's', description: 'ours' })])
    await tell(bob, alice)
    const { life, versions } = await showRecord(alice.query, idOf('a'))
    expect(life.versions.map(({ record }) => record)).toEqual([second, idOf('a')])
    expect(life.versions[0]).toMatchObject({ modified, tlp: 'green' })
    expect(new Set(versions)).toEqual(new Set([second, idOf('a'), wide]))
    expect(life.said.map(({ kind, isNegative, summary }) => [kind, isNegative, summary])).toEqual([
      ['sighting', true, 'false positive: ours'],
      ['note', false, 'seen in May'],
    ])
    expect(life.said[0]?.organisation.name).toBe('bob')
    const cleared: QueryComponents = { ...alice.query, clearance: () => 'clear' }
    const seen = await showRecord(cleared, wide as string)
    expect(seen).toMatchObject({ versions: [wide], life: { said: [], versions: [{ record: wide }] } })
  })

  it('tells of a retraction, and which object it was while that is kept aside', async () => {
    await tell(alice, bob)
    const before = await showRecord(bob.query, idOf('a'))
    const tombstone = await retract(alice, idOf('a'), 'false-positive')
    await tell(alice, bob)
    for (const node of [alice, bob]) {
      const detail = await showRecord(node.query, idOf('a'))
      expect(detail).toMatchObject({
        record: idOf('a'),
        stixId: stixIdOf('indicator', 'a'),
        type: 'indicator',
        tlp: 'green',
        author: alice.node,
        organisation: before.organisation,
        published: before.published,
        expires: before.expires,
        stix: null,
        summary: 'taken back',
      })
      expect(detail.life.retraction).toMatchObject({
        tombstone,
        organisation: before.organisation,
        reason: 'false-positive',
        isErased: false,
      })
      expect(detail).not.toHaveProperty('root')
    }
    for (const item of loneItems(alice.announced[0]?.batch as Uint8Array))
      await (
        await bob.admission.admitItem(item, { kind: 'file' })
      ).stored
    expect(await showRecord(bob.query, idOf('a'))).toMatchObject({ sequence: before.sequence })
  })

  it('finds what was taken back by the id of its object, unless it was a leak', async () => {
    const { stixId } = await showRecord(alice.query, idOf('a'))
    await retract(alice, idOf('a'), 'error')
    const detail = await showRecord(alice.query, stixId)
    expect(detail).toMatchObject({ record: idOf('a'), stix: null, life: { retraction: { reason: 'error' } } })
    await retract(alice, idOf('a'), 'leak')
    expect(await codeWhen(showRecord(alice.query, stixId))).toBe('RECORD_NOT_FOUND')
  })

  it('knows less of what was erased', async () => {
    await retract(alice, idOf('a'), 'leak')
    const detail = await showRecord(alice.query, idOf('a'))
    expect(detail).toMatchObject({ stixId: '', type: '', author: alice.node, sequence: 1 })
    expect(detail.life.retraction).toMatchObject({ reason: 'leak', isErased: true })
  })

  it('says that a record was taken back before it came', async () => {
    await retract(alice, idOf('a'), 'error')
    const tombstone = alice.announced.at(-1)?.batch as Uint8Array
    await (
      await bob.admission.admitBatch(tombstone, { kind: 'file' }, { sync: true })
    ).stored
    const detail = await showRecord(bob.query, idOf('a'))
    expect(detail.life.retraction).toMatchObject({ organisation: { name: 'alice' }, reason: 'error' })
    for (const unknown of ['author', 'published', 'arrived', 'sequence'])
      expect(detail).not.toHaveProperty(unknown)
    expect(detail.life.had.every(({ at, how }) => at === undefined && how === 'unknown')).toBe(true)
  })

  it('takes nobody else’s word for a retraction of what it had', async () => {
    await tell(alice, bob)
    await retract(alice, idOf('a'), 'error')
    await tell(alice, bob)
    const [own] = await bob.store.tombstonesOf(idOf('a'))
    const row = await bob.store.record(own as string)
    // A tombstone of another organisation that names the same record, and came first.
    const forged = { ...row, id: 'f'.repeat(64), organisation: '0'.repeat(32) }
    const store = {
      ...bob.store,
      tombstonesOf: async () => [forged.id, own],
      records: async (ids: readonly string[]) =>
        ids.includes(forged.id) ? [forged, row] : bob.store.records(ids),
    } as unknown as QueryComponents['store']
    const { life } = await showRecord({ ...bob.query, store }, idOf('a'))
    expect(life.retraction).toMatchObject({ tombstone: own, organisation: { name: 'alice' } })
  })

  it('shows nothing of a retraction to whoever might not have seen the record', async () => {
    await retract(alice, idOf('a'), 'error')
    const cleared: QueryComponents = { ...alice.query, clearance: () => 'clear' }
    expect(await codeWhen(showRecord(cleared, idOf('a')))).toBe('RECORD_NOT_FOUND')
  })
})

describe('who had it when', () => {
  it('names the author, this node, and whoever held the same set since', async () => {
    await bob.hear()
    expect(hadOf(await showRecord(alice.query, idOf('a')))).toEqual([[alice.node, 'author']])
    aco.now += 60_000
    await session(bob, alice, 'green')
    aco.now += 60_000
    const at = new Date(aco.now).toISOString()
    expect((await session(bob, alice, 'green')).outcome.wasEqual).toBe(true)
    const { life } = await showRecord(alice.query, idOf('a'))
    expect(life.had).toMatchObject([
      { node: alice.node, how: 'author' },
      { node: bob.node, how: 'same-set', at, organisation: { name: 'bob' } },
    ])
    expect(hadOf(await showRecord(bob.query, idOf('a')))).toEqual([
      [alice.node, 'author'],
      [bob.node, 'arrived'],
    ])
  })

  it('claims nothing of records that came after sets were the same', async () => {
    await session(bob, alice, 'green')
    await session(bob, alice, 'green')
    const [late] = await publishTexts(alice, [indicatorText('late')])
    expect(hadOf(await showRecord(alice.query, late as string))).toEqual([[alice.node, 'author']])
    expect(hadOf(await showRecord(alice.query, idOf('a')))).toHaveLength(2)
  })

  it('tells of a retraction who had the record before, and who holds the retraction since', async () => {
    await session(bob, alice, 'green')
    await session(bob, alice, 'green')
    aco.now += 60_000
    await retract(alice, idOf('a'), 'leak')
    const before = await showRecord(alice.query, idOf('a'))
    expect(before.life.had.find(({ node }) => node === bob.node)).not.toHaveProperty('retractedAt')
    for (let i = 0; i < 2; i++) {
      await session(bob, alice, 'green/tombstones')
      await session(bob, alice, 'green')
    }
    const { life } = await showRecord(alice.query, idOf('a'))
    const at = new Date(aco.now).toISOString()
    expect(life.had.find(({ node }) => node === bob.node)).toMatchObject({ how: 'same-set', retractedAt: at })
    expect(life.had.find(({ node }) => node === alice.node)).toMatchObject({
      how: 'author',
      retractedAt: life.retraction?.at,
    })
  })

  it('knows of a node that it never saw with the record that it holds the retraction', async () => {
    await tell(alice, bob)
    await retract(alice, idOf('a'), 'error')
    await tell(alice, bob)
    for (const set of ['green/tombstones', 'green'] as const) await session(alice, bob, set)
    const { life } = await showRecord(alice.query, idOf('a'))
    const ofBob = life.had.find(({ node }) => node === bob.node) as RecordLife['had'][number]
    expect(ofBob).toMatchObject({ how: 'unknown', retractedAt: expect.any(String) })
    expect(ofBob).not.toHaveProperty('at')
  })
})

function idOf(name: string): string {
  return ids.get(name) as string
}

async function retract(
  node: TestNode,
  id: string,
  reason: 'error' | 'false-positive' | 'leak',
): Promise<string> {
  const { retracted } = await node.publisher.retract({ ids: [id], reason })
  return retracted[0]?.tombstone as string
}

function hadOf({ life }: RecordDetail): readonly (readonly [string, string])[] {
  return life.had.map(({ node, how }) => [node, how])
}

/** A record that is held, with its proof. */
async function heldRecord(query: QueryComponents, id: string): Promise<Required<RecordDetail>> {
  return (await showRecord(query, id)) as Required<RecordDetail>
}
