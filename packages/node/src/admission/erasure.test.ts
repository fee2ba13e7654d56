import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { batchOf, leafOf } from '../../../../test/support/forge.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { StoreChanges } from '../store/index.ts'
import { createSecondNode, createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { reconsider } from './shelf.ts'

const MARKER = 'Kq7Wz3XbV9'
const FILE = { kind: 'file' } as const

let aco: TestAco
/** Publishes a record, and takes it back. */
let alice: TestNode
/** A further node of the same organisation. */
let desk: TestNode
let bob: TestNode
let record: string
/** The batch of the record, and those of tombstones by reason. */
let batches: Readonly<Record<'record' | 'error' | 'leak', Uint8Array>>

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  desk = await createSecondNode(aco, alice, 'desk')
  bob = await createTestNode(aco, 'bob')
  await alice.hear()
  const { published } = await alice.publisher.publish(requestOf([indicatorText(MARKER)]))
  record = published[0]?.record as string
  batches = {
    record: alice.announced[0]?.batch as Uint8Array,
    error: await tombstone(alice, 'error'),
    leak: await tombstone(desk, 'leak'),
  }
})

afterEach(async () => {
  for (const node of [alice, desk, bob, aco]) await node[Symbol.asyncDispose]()
})

describe('a tombstone with the reason leak', () => {
  it.for([
    'record, leak',
    'leak, record',
    'record+leak',
    'leak+record',
    'record, error, leak',
    'record, leak, error',
    'error, record, leak',
    'error+leak, record',
    'leak, error, record',
    'record+error+leak',
  ])('leaves nothing of its target, by whichever way they come: %s', async (order) => {
    for (const together of order.split(', ')) await admit(together.split('+') as (keyof typeof batches)[])
    expect(await bob.store.record(record)).toBeUndefined()
    expect(await shelved()).toEqual([])
    expect(bob.store.rootOf('green').count).toBe(0)
    await bob.store.compacted()
    expect(await filesWith(MARKER)).toEqual([])
  })

  it('leaves what other reasons take back on the shelf', async () => {
    await admit(['record'])
    expect(await filesWith(MARKER)).not.toEqual([])
    await admit(['error'])
    expect(await shelved()).toHaveLength(1)
  })

  it('reaches what lies aside because the chain of its author is closed, also after that', async () => {
    await admit(['record'])
    await suspend(alice.node)
    expect(await shelved()).toHaveLength(1)
    await admit(['leak'])
    expect(await shelved()).toEqual([])
    await aco.authority.act({ action: 'reinstate', who: alice.node, reason: 'unspecified' })
    await bob.hear()
    expect(await reconsider({ ...bob, hasher: nativeCrypto }, alice.node)).toMatchObject({
      shelved: 0,
      returned: 0,
    })
    await bob.store.compacted()
    expect(await filesWith(MARKER)).toEqual([])
  })

  it('of another organisation, elsewhere, or that dies too soon erases nothing, in the store and on the shelf', async () => {
    const { expires } = (await alice.store.record(record)) as { expires: number }
    const powerless = [
      await tombstone(bob, 'leak'),
      await tombstone(alice, 'leak', { expires: expires - 1 }),
      await tombstone(alice, 'leak', { tlp: 'clear' }),
    ]
    await admit(['record'])
    for (const batch of powerless) await store(batch)
    expect(await bob.store.record(record)).toBeDefined()
    await admit(['error'])
    for (const name of ['x', 'y']) await store(await tombstone(bob, 'leak', { also: name }))
    await store(await tombstone(alice, 'leak', { expires: expires - 1, also: 'x' }))
    expect(await shelved()).toHaveLength(1)
  })

  it('gives its target back to the set when its own chain is closed, for whoever has it still', async () => {
    await admit(['record', 'leak'])
    await aco.authority.act({ action: 'suspend', who: desk.node, reason: 'unspecified' })
    await bob.hear()
    expect(await reconsider({ ...bob, hasher: nativeCrypto }, desk.node)).toMatchObject({
      shelved: 1,
      returned: 0,
    })
    expect(await bob.store.record(record)).toBeUndefined()
    await admit(['record'])
    expect(await bob.store.record(record)).toBeDefined()
    await bob.store.compacted()
    expect(await bob.store.record(record)).toBeDefined()
  })

  it('reaches what was left on the shelf when its target came back from there', async () => {
    await using lab = await createSecondNode(aco, alice, 'lab')
    await bob.hear()
    await admit(['record'])
    for (const node of [desk, lab]) await store(await tombstone(node, 'error'))
    for (const { node } of [desk, lab]) {
      await aco.authority.act({ action: 'suspend', who: node, reason: 'unspecified' })
      await bob.hear()
      await reconsider({ ...bob, hasher: nativeCrypto }, node)
    }
    expect(await bob.store.record(record)).toBeDefined()
    expect(await shelved()).toHaveLength(1)
    await store(await tombstone(alice, 'leak'))
    expect(await shelved()).toEqual([])
  })

  it('reaches what lies under the key of its author since that keeps it out, which it leaves when that opens', async () => {
    await admit(['record'])
    await store(await tombstone(desk, 'error'))
    for (const { node } of [alice, desk]) await suspend(node)
    expect(await shelved()).toEqual([`shelf/${alice.node}/${record}`])
    await aco.authority.act({ action: 'reinstate', who: alice.node, reason: 'unspecified' })
    await bob.hear()
    expect(await reconsider({ ...bob, hasher: nativeCrypto }, alice.node)).toMatchObject({ returned: 1 })
    expect(await bob.store.record(record)).toBeDefined()
    await suspend(alice.node)
    await using lab = await createSecondNode(aco, alice, 'lab')
    await bob.hear()
    await store(await tombstone(lab, 'leak'))
    expect(await shelved()).toEqual([])
  })

  it('scrubs the files of every place on the shelf where its target can have lain', async () => {
    await admit(['record'])
    await store(await tombstone(desk, 'error'))
    await suspend(alice.node)
    await suspend(desk.node)
    await using lab = await createSecondNode(aco, alice, 'lab')
    await bob.hear()
    const written: StoreChanges[] = []
    const commit = bob.store.commit.bind(bob.store)
    bob.store.commit = (changes, options) => {
      written.push(changes)
      return commit(changes, options)
    }
    await store(await tombstone(lab, 'leak'))
    const erasing = written.filter(({ erased = [] }) => erased.includes(record))
    // Under the key of `desk` it lay before it was moved.
    for (const { node } of [alice, desk])
      expect(Object.keys(erasing[0]?.ledger ?? {})).toContain(`shelf/${node}/${record}`)
    expect(await shelved()).toEqual([])
  })

  it('is not outrun by a record that is being laid aside', async () => {
    await admit(['record'])
    await aco.authority.act({ action: 'suspend', who: alice.node, reason: 'unspecified' })
    await bob.hear()
    // The record is read, and gone before it is moved.
    const inTurn: typeof bob.admission.inTurn = async (action) => {
      await admit(['leak'])
      return bob.admission.inTurn(action)
    }
    const admission = { ...bob.admission, inTurn }
    await reconsider({ ...bob, admission, hasher: nativeCrypto }, alice.node)
    expect(await bob.store.record(record)).toBeUndefined()
    expect(await shelved()).toEqual([])
  })
})

async function admit(names: readonly (keyof typeof batches)[]): Promise<void> {
  const admitted = []
  for (const name of names)
    admitted.push(await bob.admission.admitBatch(batches[name], FILE, { sync: false }))
  await Promise.all(admitted.map(({ stored }) => stored))
}

async function store(batch: Uint8Array): Promise<void> {
  const { code, stored } = await bob.admission.admitBatch(batch, FILE, { sync: false })
  expect(code).toBe('ACCEPTED')
  await stored
}

async function suspend(node: string): Promise<void> {
  await aco.authority.act({ action: 'suspend', who: node, reason: 'unspecified' })
  await bob.hear()
  await reconsider({ ...bob, hasher: nativeCrypto }, node)
}

async function shelved(): Promise<readonly string[]> {
  const keys = (await Array.fromAsync(bob.store.ledgerRows(''))).map(([key]) => key)
  const rows = keys.filter((key) => key.startsWith('shelf/') && key.endsWith(record))
  // Whatever lies there is listed by the hour at which it lapses, and nothing else, marks of STIX ids included.
  const kept = keys.filter((key) => !key.startsWith('due/') && LAPSING.test(key))
  const due = keys.filter((key) => key.startsWith('due/')).map((key) => key.replace(DUE, ''))
  expect(due.toSorted()).toEqual(kept.toSorted())
  return rows
}

const LAPSING = /^(shelf|graves)\//
const DUE = /^due\/\d+\//

/** Names of the files of bob's store that hold a text. */
async function filesWith(text: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await readdir(join(bob.path, 'level'))) {
    // LevelDB deletes files of its own when it likes.
    const bytes = await readFile(join(bob.path, 'level', name)).catch(() => Buffer.of())
    if (bytes.includes(text)) found.push(name)
  }
  return found
}

/** A tombstone that somebody signs for the record, rightly or not. */
async function tombstone(
  node: TestNode,
  reason: 'error' | 'leak',
  over: { readonly expires?: number; readonly tlp?: 'green' | 'clear'; readonly also?: string } = {},
): Promise<Uint8Array> {
  const held = await alice.store.record(record)
  const tlp = over.tlp ?? 'green'
  const author = {
    signer: node.signer,
    keyId: fromHex(node.node),
    certificate: node.own().certificate.bytes,
  }
  const others = over.also === undefined ? [] : [nativeCrypto.sha256(new TextEncoder().encode(over.also))]
  const leaf = leafOf(author, {
    at: aco.now,
    clear: { expires: over.expires ?? (held?.expires as number), tlp, compartments: [tlp] },
    body: { kind: 'tombstone', retracts: [fromHex(record), ...others], reason },
  })
  return (await batchOf(author, { leaves: [leaf], header: { audience: tlp }, from: aco.now, to: aco.now }))
    .bytes
}
