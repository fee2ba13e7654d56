import {
  checkLeaf,
  fromBase64url,
  fromHex,
  keyIdOf,
  leafHash,
  openLoneRecord,
  parseLeaf,
  portableCrypto,
  toHex,
  verifyChain,
  verifySign1,
} from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import type { ExportItem } from '../api.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { publishTexts } from '../testing/test-comments.ts'
import { indicatorText, loneItems, stixIdOf } from '../testing/test-objects.ts'
import type { QueryComponents } from './may-show.ts'
import { exportRecords, listRecords } from './records.ts'
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

describe(listRecords, () => {
  it('gives pages in the order of arrival until there are no more', async () => {
    const pages: (readonly string[])[] = []
    for (let after: number | undefined = 0; after !== undefined;) {
      const { records, next } = await listRecords(alice.query, { after, limit: 2 })
      pages.push(records.map(({ summary }) => summary))
      after = next
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(await listRecords(alice.query, { limit: 5 })).not.toHaveProperty('next')
    expect(await listRecords(alice.query, { after: 5 })).toMatchObject({ records: [] })
  })

  it('filters by type, label, object, record and organisation, by name or id', async () => {
    await publishTexts(alice, [indicatorText('f')], { tlp: 'clear' })
    await publishTexts(bob, [indicatorText('g')])
    for (const item of loneItems(bob.announced[0]?.batch as Uint8Array))
      await (
        await alice.admission.admitItem(item, { kind: 'file' })
      ).stored
    const { organisation } = bob.own().certificate.claims.mesh
    const names = async (filter: object): Promise<string> =>
      (await listRecords(alice.query, filter)).records.map(({ summary }) => summary).join('')
    expect(await names({})).toBe('abcdefg')
    expect(await names({ tlp: 'clear' })).toBe('f')
    expect(await names({ by: 'bob' })).toBe('g')
    expect(await names({ by: toHex(organisation) })).toBe('g')
    expect(await names({ by: 'alice', tlp: 'green', limit: 2 })).toBe('ab')
    expect(await names({ stixId: stixIdOf('indicator', 'c') })).toBe('c')
    expect(await names({ record: ids.get('d') })).toBe('d')
    expect(await names({ record: 'ff'.repeat(32) })).toBe('')
    expect(await names({ type: 'malware' })).toBe('')
  })

  it('knows no stranger, and does not guess between two of a name', async () => {
    expect(await codeWhen(listRecords(alice.query, { by: 'nobody' }))).toBe('WHO_UNKNOWN')
    const [first] = [...alice.trust.roster.all()].filter(({ keyId }) => keyId === bob.node)
    const { claims } = (first as NonNullable<typeof first>).certificate
    const twin = {
      certificate: { claims: { ...claims, mesh: { ...claims.mesh, organisation: new Uint8Array(16) } } },
    }
    const roster = { ...alice.trust.roster, all: () => [first, twin] as never }
    const query = { ...alice.query, trust: { ...alice.trust, roster } }
    expect(await codeWhen(listRecords(query, { by: 'bob' }))).toBe('WHO_AMBIGUOUS')
    expect(await codeWhen(listRecords(query, { by: '00'.repeat(16) }))).toBe('no error')
  })

  it('shows a tombstone as what it takes back, and the record no more', async () => {
    await alice.publisher.retract({ ids: [ids.get('b') as string], reason: 'error' })
    const { records } = await listRecords(alice.query, {})
    expect(records.map(({ type, summary }) => (type === 'tombstone' ? summary : type))).toEqual([
      ...Array.from({ length: 4 }, () => 'indicator'),
      'takes back 1',
    ])
  })

  it('lists nothing above the clearance of whoever asks', async () => {
    const query: QueryComponents = { ...alice.query, clearance: () => 'clear' }
    expect(await listRecords(query, {})).toEqual({ records: [], total: 0 })
    expect((await exportRecords(query, {})).items).toEqual([])
    expect(await codeWhen(showRecord(query, ids.get('a') as string))).toBe('RECORD_NOT_FOUND')
  })
})

describe(exportRecords, () => {
  it('gives what a stranger can verify with the ACO’s fingerprint alone', async () => {
    const { items, next } = await exportRecords(alice.query, {})
    expect(next).toBeUndefined()
    expect(items.map(({ record }) => record)).toEqual([...ids.values()])
    for (const item of items) expect(await verified(item)).toBe(item.record)
    const [first, second] = items as [ExportItem, ExportItem]
    expect(await codeWhen(verified({ ...first, chain: first.chain.slice(1) }))).not.toBe('no error')
    expect(await verified({ ...first, proof: second.proof })).not.toBe(first.record)
  })

  it('leaves tombstones out, and pages like a list', async () => {
    const { retracted } = await alice.publisher.retract({ ids: [ids.get('b') as string], reason: 'error' })
    expect((await exportRecords(alice.query, { record: retracted[0]?.tombstone as string })).items).toEqual(
      [],
    )
    const { items, next } = await exportRecords(alice.query, { limit: 3 })
    expect(items).toHaveLength(3)
    const rest = await exportRecords(alice.query, { limit: 3, after: next as number })
    expect(rest.items.map(({ record }) => record)).toEqual([ids.get('e')])
  })
})

/** Verifies an item as a stranger would, and gives the id of the record. */
async function verified({ proof, chain }: ExportItem): Promise<string> {
  const { header, leaf, record } = openLoneRecord(portableCrypto, fromBase64url(proof))
  const [node] = await verifyChain(portableCrypto, chain.map(fromBase64url), fromHex(alice.trust.aco))
  const certificate = node.claims
  expect(toHex(header.claims.certificate)).toBe(toHex(portableCrypto.sha256(node.bytes)))
  await verifySign1(portableCrypto, header, certificate.publicKey)
  const author = { keyId: keyIdOf(portableCrypto, certificate.publicKey), certificate }
  checkLeaf(parseLeaf(portableCrypto, leaf).clear, header.claims, author)
  expect(record.leaf).toEqual(leaf)
  return toHex(leafHash(portableCrypto, leaf))
}
