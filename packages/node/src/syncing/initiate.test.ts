import {
  concatBytes,
  decodeSyncMessage,
  encodeSyncMessage,
  openBatch,
  type SyncMessage,
  toHex,
} from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, requestOf } from '../testing/test-objects.ts'
import { initiate } from './initiate.ts'
import { respond } from './respond.ts'
import { channelPair, session, sideOf } from './testing/test-session.ts'
import { createTestTrio, type TestTrio } from './testing/test-trio.ts'

const FILE = { kind: 'file' } as const

let trio: TestTrio
let aco: TestAco
/** Publishes; the others compare what they have of it. */
let carol: TestNode
let alice: TestNode
let bob: TestNode

beforeEach(async () => {
  trio = await createTestTrio()
  ;({ aco, carol, alice, bob } = trio)
})

afterEach(() => trio[Symbol.asyncDispose]())

describe(initiate, () => {
  it('costs one round trip when nothing is missing', async () => {
    await published(['one', 'two'])
    await trio.give(alice, 0)
    await trio.give(bob, 0)
    const { outcome, said } = await session(alice, bob, 'green')
    expect(outcome).toMatchObject({
      set: 'green',
      wasEqual: true,
      own: 2,
      theirs: 2,
      rounds: 1,
      received: 0,
      sent: 0,
    })
    expect(said.map(({ type }) => type)).toEqual(['hello', 'same'])
  })

  it('brings two sets to one, in either direction', async () => {
    await published(['one', 'two'])
    await published(['three'])
    await trio.give(alice, 0)
    await trio.give(bob, 1)
    const { outcome } = await session(alice, bob, 'green')
    expect(outcome).toMatchObject({ wasEqual: false, received: 1, sent: 1, onlyHere: 2, onlyThere: 1 })
    expect(alice.store.rootOf('green')).toEqual(bob.store.rootOf('green'))
    expect((await session(bob, alice, 'green')).outcome.wasEqual).toBe(true)
    expect(alice.store.counts.records).toBe(3)
  })

  it('sends a batch whole when half of it is wanted, and its records alone when fewer are', async () => {
    await published(['one', 'two', 'three', 'four', 'five'])
    await trio.give(alice, 0)
    const whole = await session(bob, alice, 'green')
    expect(formsOf(whole.said)).toEqual([['batch']])
    await using dave = await createTestNode(aco, 'dave')
    await alice.hear()
    for (const item of loneItems(batchAt(0)).slice(2))
      await (
        await dave.admission.admitItem(item, FILE)
      ).stored
    const some = await session(dave, alice, 'green')
    expect(formsOf(some.said)).toEqual([['record', 'record']])
    expect(dave.store.rootOf('green')).toEqual(alice.store.rootOf('green'))
  })

  it('makes sets equal whatever part of the records, and of what takes them back, either side had', async () => {
    const batches = [['a', 'b', 'c'], ['d'], ['e', 'f'], ['g', 'h']]
    for (const names of batches) await published(names)
    const ids = (await carol.store.queryRecords(ALL)).map(({ id }) => id)
    await carol.publisher.retract({ ids: [ids[0], ids[3], ids[4]] as string[], reason: 'false-positive' })
    const items = carol.announced.flatMap(({ batch }) => loneItems(batch))
    const part = fc.subarray(items)
    let runs = 0
    await fc.assert(
      fc.asyncProperty(part, part, async (mine, theirs) => {
        await using left = await createTestNode(aco, `left ${++runs}`)
        await using right = await createTestNode(aco, `right ${runs}`)
        for (const node of [left, right]) await node.hear()
        for (const item of mine) await (await left.admission.admitItem(item, FILE)).stored
        for (const item of theirs) await (await right.admission.admitItem(item, FILE)).stored
        for (const set of ['green/tombstones', 'green'] as const) await session(left, right, set)
        for (const set of ['green/tombstones', 'green'] as const)
          expect((await session(right, left, set)).outcome.wasEqual).toBe(true)
      }),
      { numRuns: 6 },
    )
  })

  it('is refused a set that it may not have', async () => {
    await using dave = await createTestNode(aco, 'dave', { clearance: 'clear' })
    await alice.hear()
    expect((await session(dave, alice, 'green')).outcome.refused).toBe('NOT_ENTITLED')
    expect((await session(dave, alice, 'clear')).outcome.refused).toBeUndefined()
  })

  it('hands nothing more over once the peer may no longer have the set', async () => {
    await published(['one'])
    await trio.give(alice, 0)
    let isAllowed = true
    const near = sideOf(alice, { maySee: () => isAllowed })
    const far = sideOf(bob, { maySee: () => !(isAllowed = false) })
    expect(await codeWhen(session(alice, bob, 'green', [near, far]))).toBe('SYNC_REFUSED')
    expect(bob.store.counts.records).toBe(0)
  })

  it('sweeps to the hour of the side that is ahead, and no further than its own clock', async () => {
    await published(['one'], { expires: new Date(aco.now + 2 * HOUR_MS).toISOString() })
    await trio.give(alice, 0)
    await trio.give(bob, 0)
    aco.now += 3 * HOUR_MS
    const hour = Math.floor(aco.now / HOUR_MS)
    await bob.sweeper.sweepTo(hour)
    expect((await session(alice, bob, 'green')).outcome).toMatchObject({ wasEqual: true })
    expect(alice.sweeper.asOf).toBe(hour)
    expect(alice.store.counts.records).toBe(0)
    await bob.sweeper.sweepTo(hour + 1)
    await session(alice, bob, 'green')
    expect(alice.sweeper.asOf).toBe(hour)
    await bob.sweeper.sweepTo(hour + 2)
    expect((await session(bob, alice, 'green')).outcome.refused).toBe('CLOCKS_DIFFER')
    expect((await session(alice, bob, 'green')).outcome.wasEqual).toBe(true)
    await published(['another'])
    await trio.give(bob, 1)
    expect((await session(alice, bob, 'green')).outcome.refused).toBe('CLOCKS_DIFFER')
  })

  it('brings control: certificates, statements, beacon, list and log', async () => {
    await using dave = await createTestNode(aco, 'dave')
    await aco.authority.act({ action: 'revoke', who: 'carol', reason: 'ceased' })
    await alice.hear()
    await session(bob, alice, 'control')
    expect((await session(bob, alice, 'control')).outcome.wasEqual).toBe(true)
    expect(bob.trust.standing(dave.node)).toBe('good')
    expect(bob.trust.keyStatus(carol.node).isRevoked).toBe(true)
    expect(bob.trust.log).toEqual(alice.trust.log)
    expect(bob.trust.beacon?.bytes).toEqual(alice.trust.beacon?.bytes)
  })

  it('ends with a code when the answer is no message, or not the one that was due', async () => {
    for (const frame of [new Uint8Array([0xff]), encodeSyncMessage({ type: 'hashes', hashes: [] })]) {
      const { near, far } = channelPair(alice.node, bob.node)
      await far.send(frame)
      expect(await codeWhen(initiate(sideOf(alice), near, 'green'))).toMatch(/^(?:SYNC|CBOR)_/)
    }
  })
})

describe(respond, () => {
  it('passes over ids that it does not hold, or holds in another set', async () => {
    await published(['one'])
    await published(['two'], { tlp: 'clear' })
    await trio.give(alice, 0)
    await trio.give(alice, 1)
    const [one, two] = [0, 1].map((i) => openBatch(nativeCrypto, batchAt(i)).leafHashes[0] as Uint8Array)
    const said = await served([{ type: 'want', ids: concatBytes(new Uint8Array(32), two as Uint8Array) }])
    expect(said).toEqual([{ type: 'items', more: false, items: [] }])
    const [answer] = await served([{ type: 'want', ids: concatBytes(new Uint8Array(32), one as Uint8Array) }])
    expect(formsOf([answer as SyncMessage])).toEqual([['record']])
    expect(toHex(one as Uint8Array)).toBe((await alice.store.queryRecords(ALL))[0]?.id)
  })

  it('ends with a code at what is no question', async () => {
    for (const message of [
      { type: 'nodes', nodes: [undefined] },
      { type: 'log', from: 0 },
    ] as const)
      expect(await codeWhen(served([message]))).toBe('SYNC_MALFORMED')
    expect(await codeWhen(served([], { type: 'same' }))).toBe('SYNC_MALFORMED')
  })

  it('takes what is handed over, and counts what is bad against the peer', async () => {
    await published(['one'])
    const batch = batchAt(0)
    const bad = batch.with(batch.length - 1, (batch.at(-1) ?? 0) ^ 1)
    const side = sideOf(alice)
    const said = await served(
      [
        {
          type: 'items',
          more: false,
          items: [batch, bad].map((bytes) => ({ form: 'batch' as const, bytes })),
        },
      ],
      undefined,
      side,
    )
    expect(said).toEqual([{ type: 'taken' }])
    expect(alice.store.counts.records).toBe(1)
    expect(side.faults).toHaveLength(1)
  })

  it('ends once the peer may no longer have the set', async () => {
    let left = 1
    const side = sideOf(alice, { maySee: () => left-- > 0 })
    expect(await codeWhen(served([{ type: 'ask', paths: [''] }], undefined, side))).toBe('SYNC_REFUSED')
  })
})

const HOUR_MS = 3_600_000
const ALL = { afterSequence: 0, limit: 100, plainOnly: true }

/** Has carol publish one batch. */
async function published(
  names: readonly string[],
  rest: Parameters<typeof requestOf>[1] = {},
): Promise<void> {
  const { refused } = await carol.publisher.publish(
    requestOf(
      names.map((name) => indicatorText(name)),
      rest,
    ),
  )
  expect(refused).toEqual([])
}

function batchAt(index: number): Uint8Array {
  return carol.announced[index]?.batch as Uint8Array
}

/** The forms of each message of items. */
function formsOf(said: readonly SyncMessage[]): readonly (readonly string[])[] {
  return said.flatMap((message) =>
    message.type === 'items' && message.items.length > 0 ? [message.items.map(({ form }) => form)] : [],
  )
}

/** What alice answers to bob's messages, after the openings. */
async function served(
  messages: readonly SyncMessage[],
  first: SyncMessage = {
    type: 'hello',
    hello: { set: 'green', asOf: 0, floor: 0, count: 0, digest: new Uint8Array(32), more: {} },
  },
  side = sideOf(alice),
): Promise<readonly SyncMessage[]> {
  const { near, far, frames } = channelPair(bob.node, alice.node)
  for (const message of [first, ...messages]) await near.send(encodeSyncMessage(message))
  await near[Symbol.asyncDispose]()
  const asked = frames.length
  await respond(side, far)
  return frames.slice(asked + 1).map((frame) => decodeSyncMessage(frame))
}
