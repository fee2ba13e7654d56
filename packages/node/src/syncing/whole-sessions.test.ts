import {
  decodeSyncMessage,
  encodeSyncMessage,
  idsBelow,
  MAX_DIFFERENCE,
  splitIds,
  toHex,
} from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestAco } from '../../../../test/support/authority/test-aco.ts'
import { createRetention } from '../care/retention.ts'
import type { FrameChannel } from '../network/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { initiate } from './initiate.ts'
import { respond } from './respond.ts'
import { channelPair, session, sideOf, type TestSide } from './testing/test-session.ts'
import { createTestTrio, type TestTrio } from './testing/test-trio.ts'

const HOUR_MS = 3_600_000
const DAY_MS: number = 24 * HOUR_MS

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

describe('what one side only added', () => {
  it('goes over without a comparison, in either direction', async () => {
    await published(['one'])
    for (const node of [alice, bob]) await trio.give(node, 0)
    for (const [from, to] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      await session(from, to, 'green')
    await published(['two', 'three'])
    await trio.give(alice, 1)
    const fetched = await session(bob, alice, 'green')
    expect(fetched.said.map(({ type }) => type)).toEqual(['hello', 'hello', 'recent', 'items', 'items'])
    expect(fetched.outcome).toMatchObject({ received: 2, sent: 0, cells: 0 })
    await session(alice, bob, 'green')
    await published(['four'])
    await trio.give(alice, 2)
    const handed = await session(alice, bob, 'green')
    expect(handed.said.map(({ type }) => type)).toEqual(['hello', 'hello', 'items', 'taken'])
    expect((await session(bob, alice, 'green')).outcome.wasEqual).toBe(true)
  })

  it('tells nothing of what came to sets that the peer may not have', async () => {
    await using dave = await createTestNode(aco, 'dave', { clearance: 'clear' })
    await alice.hear()
    await published(['one'], { tlp: 'clear' })
    await trio.give(alice, 0)
    for (let i = 0; i < 2; i++) await session(dave, alice, 'clear')
    await published(['two'], { tlp: 'clear' })
    await trio.give(alice, 1)
    const told: unknown[] = []
    for (const index of [2, 3]) {
      await published([`green ${index}`, `more ${index}`])
      await trio.give(alice, index)
      const { near, far } = channelPair(dave.node, alice.node)
      const { count, digest } = dave.store.rootOf('clear')
      const hello = { set: 'clear', asOf: 0, floor: 0, count, digest, more: {} } as const
      await near.send(encodeSyncMessage({ type: 'hello', hello }))
      await near[Symbol.asyncDispose]()
      await respond(sideOf(alice), far)
      told.push(decodeSyncMessage((await near.receive()) as Uint8Array))
    }
    expect(told[0]).toMatchObject({ hello: { more: { recent: MAX_DIFFERENCE } } })
    expect(told[1]).toEqual(told[0])
  })

  it('is compared all the same where the log of arrival does not tell it', async () => {
    await published(['one'])
    await published(['two'])
    for (const node of [alice, bob]) for (const index of [0, 1]) await trio.give(node, index)
    for (const [from, to] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      await session(from, to, 'green')
    const [lost] = await bob.store.queryRecords({ afterSequence: 0, limit: 1, plainOnly: true })
    await bob.store.commit({ removed: [lost?.id as string] }, { sync: false })
    const { outcome, said } = await session(bob, alice, 'green')
    expect(said.map(({ type }) => type)).toContain('cells')
    expect(outcome.received).toBe(1)
    expect(bob.store.rootOf('green')).toEqual(alice.store.rootOf('green'))
  })
})

describe('sessions', () => {
  it('give all that they show, whatever comes in meanwhile', async () => {
    const many = (name: string): readonly string[] => Array.from({ length: 40 }, (_, i) => `${name} ${i}`)
    for (const name of ['one', 'two', 'three']) await published(many(name))
    for (const [node, index] of [
      [alice, 0],
      [bob, 1],
    ] as const)
      await trio.give(node, index)
    // Cells of all of a set are what sides compare that have nothing but a root in common.
    const far = sideOf(alice)
    const busy: TestSide = {
      ...far,
      cells: {
        ...far.cells,
        async copyOf(...asked) {
          await far.cells.copyOf(...asked)
          await trio.give(alice, 2)
          return far.cells.copyOf(...asked)
        },
      },
    }
    const near = sideOf(bob)
    const { outcome, said } = await session(bob, alice, 'green', [near, busy])
    expect(said.map(({ type }) => type)).toContain('pick')
    expect(alice.store.counts.records).toBe(120)
    expect(outcome).toMatchObject({ received: 40, sent: 1, missing: 0 })
    expect((await session(bob, alice, 'green')).outcome.received).toBe(40)
  })

  it('go on where others were cut off, and end equal', async () => {
    for (const names of [['a', 'b', 'c'], ['d'], ['e', 'f'], ['g'], ['h']]) await published(names)
    let run = 0
    const share = fc.subarray([0, 1, 2, 3, 4])
    const cuts = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(share, share, cuts, async (mine, theirs, cutAfter) => {
        await using left = await createTestNode(aco, `left ${++run}`)
        await using right = await createTestNode(aco, `right ${run}`)
        for (const node of [left, right]) await node.hear()
        for (const index of mine) await trio.give(left, index)
        for (const index of theirs) await trio.give(right, index)
        for (const frames of cutAfter) await cutSession(left, right, frames)
        await untilEqual(left, right)
        expect(left.store.counts.records).toBe(
          new Set([...mine, ...theirs].flatMap((i) => NAMES[i] ?? [])).size,
        )
      }),
      { numRuns: 6 },
    )
  })

  it('are not disturbed by what either side stores meanwhile', async () => {
    for (let i = 0; i < 8; i++) await published([`record ${i}`])
    for (const index of [0, 1]) await trio.give(alice, index)
    for (const index of [1, 2]) await trio.give(bob, index)
    const arriving = [3, 4, 5, 6, 7]
    const near = meanwhile(
      sideOf(alice),
      async () => void (arriving.length > 2 && (await trio.give(alice, arriving.pop() as number))),
    )
    const far = meanwhile(
      sideOf(bob),
      async () => void (arriving.length > 0 && (await trio.give(bob, arriving.pop() as number))),
    )
    await session(alice, bob, 'green', [near, far])
    expect(arriving.length).toBeLessThan(5)
    await untilEqual(alice, bob)
  })

  it('compare nothing below the higher of both floors, and fetch nothing of it', async () => {
    await published(['old'])
    aco.now += 3 * HOUR_MS
    await published(['new'])
    for (const index of [0, 1]) await trio.give(bob, index)
    const floor = Math.floor(aco.now / HOUR_MS)
    for (const node of [alice, bob]) await node.sweeper.sweepTo(floor)
    const near = sideOf(alice, { floorOf: () => floor })
    const first = await session(alice, bob, 'green', [near, sideOf(bob)])
    expect(first.outcome).toMatchObject({ received: 1, sent: 0, own: 0, theirs: 1 })
    expect((await session(alice, bob, 'green', [near, sideOf(bob)])).outcome).toMatchObject({
      wasEqual: true,
      theirs: 1,
    })
    expect((await session(bob, alice, 'green', [sideOf(bob), near])).outcome).toMatchObject({
      wasEqual: true,
      own: 2,
    })
    expect([alice, bob].map(({ store }) => store.counts.records)).toEqual([1, 2])
  })
})

describe('local retention', () => {
  it('cuts at one node what others keep, and fetches none of it back', async () => {
    await published(['old'])
    aco.now += 3 * DAY_MS
    await aco.authority.beat()
    await carol.hear()
    await published(['new'])
    for (const node of [alice, bob]) {
      await node.hear()
      for (const index of [0, 1]) await trio.give(node, index)
      await node.sweeper.sweepTo(Math.floor(aco.now / HOUR_MS))
    }
    const { store, sweeper } = alice
    const retention = createRetention({ store, asOf: () => sweeper.asOf }, [
      { compartment: 'green', days: 2 },
    ])
    expect(await retention.sweep(new AbortController().signal)).toBe(1)
    const cutting = sideOf(alice, { floorOf: retention.floorOf })
    for (const [from, to, sides] of [
      [alice, bob, [cutting, sideOf(bob)]],
      [bob, alice, [sideOf(bob), cutting]],
    ] as const)
      expect((await session(from, to, 'green', sides)).outcome).toMatchObject({ wasEqual: true, received: 0 })
    expect([alice, bob].map((node) => node.store.counts.records)).toEqual([1, 2])
  })
})

const NAMES = [['a', 'b', 'c'], ['d'], ['e', 'f'], ['g'], ['h']]

/** Has carol publish one batch. */
async function published(
  names: readonly string[],
  rest: Parameters<typeof requestOf>[1] = {},
): Promise<void> {
  const objects = names.map((name) => indicatorText(name))
  const { refused } = await carol.publisher.publish(requestOf(objects, rest))
  expect(refused).toEqual([])
}

/** Leads a session whose stream ends after so many frames of this side. */
async function cutSession(from: TestNode, to: TestNode, frames: number): Promise<void> {
  const { near, far } = channelPair(from.node, to.node)
  let left = frames
  const cut: FrameChannel = {
    ...near,
    async send(frame) {
      if (left-- > 0) return near.send(frame)
      await Promise.all([near[Symbol.asyncDispose](), far[Symbol.asyncDispose]()])
    },
  }
  const ends = await Promise.allSettled([
    closing(near, initiate(sideOf(from), cut, 'green')),
    closing(far, respond(sideOf(to), far)),
  ])
  for (const end of ends)
    if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'STREAM_CLOSED' })
}

async function closing<T>(end: FrameChannel, work: Promise<T>): Promise<T> {
  await using _end = end
  return await work
}

async function untilEqual(from: TestNode, to: TestNode): Promise<void> {
  for (let i = 0; i < 4; i++) if ((await session(from, to, 'green')).outcome.wasEqual) break
  expect(from.store.rootOf('green')).toEqual(to.store.rootOf('green'))
  expect(await idsOf(from)).toEqual(await idsOf(to))
}

async function idsOf({ store }: TestNode): Promise<readonly string[]> {
  return splitIds(await idsBelow(store.treeOf('green'), '')).map(toHex)
}

/** A side at which something is stored whenever it is asked whether the peer may have the set. */
function meanwhile(side: TestSide, store: () => Promise<void>): TestSide {
  return {
    ...side,
    breathe: store,
    maySee(...asked) {
      void store()
      return side.maySee(...asked)
    },
  }
}
