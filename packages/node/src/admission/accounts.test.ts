import type { SyncItem } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, requestOf } from '../testing/test-objects.ts'
import { createAccounts } from './accounts.ts'

/** So that some hundred copies are more than one member may have checked. */
const BIG = 'x'.repeat(240_000)
const COPIES = 300

let aco: TestAco
/** Publishes. */
let carol: TestNode
let bob: TestNode
/** What any member can send again. */
let replayed: { readonly batch: Uint8Array; readonly record: SyncItem }

beforeEach(async () => {
  aco = await createTestAco()
  carol = await createTestNode(aco, 'carol')
  bob = await createTestNode(aco, 'bob')
  const batch = await published('one')
  replayed = { batch, record: loneItems(batch)[0] as SyncItem }
  expect(await gossip(batch, carol.node)).toBe('ACCEPTED')
})

afterEach(async () => {
  for (const node of [carol, bob, aco]) await node[Symbol.asyncDispose]()
})

describe(createAccounts, () => {
  it('has the sender pay for a record that is held, and not its author', async () => {
    expect(await replays(() => replayed.record)).toEqual(['DUPLICATE', 'QUOTA'])
    expect(await gossip(await published('two'), carol.node)).toBe('ACCEPTED')
  })

  it('has the sender pay for a batch that was taken back', async () => {
    const [row] = await bob.store.queryRecords({ afterSequence: 0, limit: 1, plainOnly: true })
    await carol.publisher.retract({ ids: [row?.id as string], reason: 'error' })
    await gossip(carol.announced.at(-1)?.batch as Uint8Array, carol.node)
    expect(await replays(() => ({ form: 'batch', bytes: replayed.batch }))).toEqual(['ACCEPTED', 'QUOTA'])
    expect(await gossip(await published('two'), carol.node)).toBe('ACCEPTED')
  })

  it('has the author pay for what is new, whoever passes it on', () => {
    const accounts = createAccounts(() => 0)
    const [relay, other] = ['relay', 'other'].map((node) => ({ kind: 'peer', node }) as const)
    const MIB = 1024 * 1024
    for (let i = 0; i < 64; i++) {
      accounts.chargeSender(relay as never, MIB)
      accounts.chargeAuthor(relay as never, 'author', MIB)('new')
    }
    expect(() => accounts.assertSolvent(other as never, 'author', 1)).toThrow('more than this node checks')
    expect(() => accounts.chargeAuthor(other as never, 'author', 1)).toThrow('more than this node checks')
    for (let i = 0; i < 64; i++) accounts.chargeSender(relay as never, MIB)
    expect(() => accounts.chargeSender(relay as never, 1)).toThrow('more than this node checks')
  })

  it('has nobody pay for a fault of this node', () => {
    const accounts = createAccounts(() => 0)
    const relay = { kind: 'peer', node: 'relay' } as const
    const BURST = 64 * 1024 * 1024
    for (let i = 0; i < 2; i++) {
      accounts.chargeSender(relay, BURST)
      accounts.chargeAuthor(relay, 'author', BURST)('fault')
    }
    expect(() => accounts.assertSolvent(relay, 'author', BURST)).not.toThrow()
  })
})

async function published(name: string): Promise<Uint8Array> {
  await carol.publisher.publish(requestOf([indicatorText(name, { description: BIG })]))
  await bob.hear()
  return carol.announced.at(-1)?.batch as Uint8Array
}

async function gossip(batch: Uint8Array, node: string): Promise<string> {
  const options = { sync: false, audience: 'green' }
  const { code, stored } = await bob.admission.admitBatch(batch, { kind: 'peer', node }, options)
  await stored
  return code
}

/** Codes of copies that another member hands over, one after the other. */
async function replays(item: () => SyncItem): Promise<readonly string[]> {
  const codes = new Set<string>()
  for (let i = 0; i < COPIES; i++) {
    const { code, stored } = await bob.admission.admitItem(item(), { kind: 'peer', node: 'mallory' })
    await stored
    codes.add(code)
  }
  return [...codes]
}
