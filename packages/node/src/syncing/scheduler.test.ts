import { decodeSyncMessage } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { eventually } from '../../../../test/support/eventually.ts'
import type { ConnectedPeer, FrameChannel, Network } from '../network/index.ts'
import { NO_METRICS } from '../observe/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { initiate } from './initiate.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { channelPair, sideOf } from './testing/test-session.ts'

let aco: TestAco
let alice: Party
let bob: Party
/** Somebody whom the ACO revokes. */
let carol: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createParty('alice')
  bob = await createParty('bob')
  carol = await createTestNode(aco, 'carol')
  for (const { node } of [alice, bob]) await node.hear()
})

afterEach(async () => {
  for (const { scheduler, node } of [alice, bob]) {
    await scheduler[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
  }
  await carol[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(createScheduler, () => {
  it('brings two nodes to one set when they connect, and says so', async () => {
    await published(bob)
    connect(alice, bob, 1)
    alice.scheduler.connected(peerOf(bob, 1))
    await eventually(async () => expect(alice.scheduler.isInSync).toBe(true))
    expect(alice.node.store.rootOf('green')).toEqual(bob.node.store.rootOf('green'))
    const green = alice.scheduler.standings().find(({ set }) => set === 'green')
    expect(green).toMatchObject({ state: 'equal', own: 1, theirs: 1, skipped: {} })
  })

  it('compares with a peer that came back although nobody said that it had gone', async () => {
    connect(alice, bob, 1)
    alice.scheduler.connected(peerOf(bob, 1))
    await eventually(async () => expect(alice.scheduler.isInSync).toBe(true))
    await published(bob)
    connect(alice, bob, 2)
    await eventually(async () => expect(alice.node.store.counts.records).toBe(1))
  })

  it('goes on with a peer that fails, as often as it takes', async () => {
    await published(bob)
    alice.failures = 2
    connect(alice, bob, 1)
    alice.scheduler.connected(peerOf(bob, 1))
    await eventually(async () => expect(alice.node.store.counts.records).toBe(1))
    expect(alice.failures).toBe(0)
  })

  it('lets control wait for no data', async () => {
    await published(bob)
    const holding = Promise.withResolvers<void>()
    alice.holds = { set: 'green', until: holding.promise }
    connect(alice, bob, 1)
    alice.scheduler.connected(peerOf(bob, 1))
    await eventually(async () => expect(alice.holds?.isReached).toBe(true))
    await aco.authority.act({ action: 'revoke', who: 'carol', reason: 'ceased' })
    await bob.node.hear()
    alice.scheduler.nudge(bob.node.node)
    await eventually(async () =>
      expect(alice.node.store.rootOf('control')).toEqual(bob.node.store.rootOf('control')),
    )
    holding.resolve()
  })

  it('tells what a peer handed over in a session of its own, and was left out', async () => {
    connect(alice, bob, 1)
    alice.scheduler.connected(peerOf(bob, 1))
    await eventually(async () => expect(alice.scheduler.isInSync).toBe(true))
    bob.node.skewMs = 30 * 60_000
    await published(bob)
    const [record] = await bob.node.store.queryRecords({ afterSequence: 0, limit: 1, plainOnly: true })
    const { near, far } = channelPair(bob.node.node, alice.node.node)
    const serving = serveTo(alice.node.node, far)
    const outcome = await initiate(sideOf(bob.node), near, 'green')
    await near[Symbol.asyncDispose]()
    await serving
    expect(outcome.sent).toBe(1)
    expect(alice.scheduler.standings()).toContainEqual(
      expect.objectContaining({ set: 'green', received: 0, skipped: { RECORD_FROM_FUTURE: 1 } }),
    )
    const skip = {
      node: bob.node.node,
      set: 'green',
      id: record?.id,
      code: 'RECORD_FROM_FUTURE',
      at: aco.now,
    }
    expect(alice.scheduler.skips()).toEqual([skip])
    // Where this takes long, a round of the scheduler's own brings it once more.
    expect([...new Set(alice.skipped)]).toEqual(['green RECORD_FROM_FUTURE 1'])
  })

  it('refuses a peer that asks for too much with a code, and cuts nobody off', async () => {
    connect(alice, bob, 1)
    alice.scheduler.connected(peerOf(bob, 1))
    await eventually(async () => expect(alice.scheduler.isInSync).toBe(true))
    const ask = async (sessions: number): Promise<void> => {
      for (let i = 0; i < sessions; i++) {
        const { near, far } = channelPair(alice.node.node, bob.node.node)
        await near[Symbol.asyncDispose]()
        await bob.scheduler.serve(far)
      }
    }
    await ask(1_300)
    // Its share grows again while it is slow to come.
    await eventually(async () => {
      await ask(50)
      alice.scheduler.nudge(bob.node.node)
      expect(alice.scheduler.standings()).toContainEqual(
        expect.objectContaining({ state: 'refused', code: 'BUSY' }),
      )
    })
    expect(bob.faults).toEqual([])
  })
})

interface Party {
  readonly node: TestNode
  readonly scheduler: Scheduler
  readonly peers: ConnectedPeer[]
  readonly faults: string[]
  /** What was counted as left out. */
  readonly skipped: string[]
  /** Sessions that do not open before one does. */
  failures: number
  /** Holds up sessions over a set. */
  holds?: { readonly set: string; readonly until: Promise<void>; isReached?: boolean }
}

const parties = new Map<string, Party>()

async function createParty(name: string): Promise<Party> {
  const node = await createTestNode(aco, name)
  const peers: ConnectedPeer[] = []
  const side = sideOf(node)
  const skipped: string[] = []
  const held = (channel: FrameChannel): FrameChannel => ({
    ...channel,
    async send(frame) {
      const message = decodeSyncMessage(frame)
      if (message.type === 'hello' && message.hello.set === party.holds?.set) {
        party.holds.isReached = true
        await party.holds.until
      }
      await channel.send(frame)
    },
  })
  const network: Partial<Network> = {
    peers: () => peers,
    async openSync(to): Promise<FrameChannel> {
      if (party.failures > 0) {
        party.failures--
        throw new Error('no stream')
      }
      const { near, far } = channelPair(node.node, to)
      void serveTo(to, far)
      return held(near)
    },
  }
  const scheduler = createScheduler(
    {
      ...side,
      network: () => network as Network,
      metrics: {
        ...NO_METRICS,
        syncSkipped: (set, code, count) => skipped.push(`${set} ${code} ${count}`),
      },
      random: () => 0.5,
      clock: () => aco.now,
      onReady() {},
    },
    { intervalMs: 60_000, controlWaitMs: 60_000 },
  )
  const party: Party = { node, scheduler, peers, faults: side.faults, skipped, failures: 0 }
  parties.set(node.node, party)
  return party
}

async function serveTo(node: string, channel: FrameChannel): Promise<void> {
  await using _channel = channel
  await parties.get(node)?.scheduler.serve(channel)
}

function peerOf({ node }: Party, connectedAt: number): ConnectedPeer {
  const base = { address: '', direction: 'inbound', score: 0, topics: [], certificate: '' } as const
  return { ...base, node: node.node, connectedAt, notAfter: Infinity }
}

/** Has each of two see the other under a connection of that time. */
function connect(one: Party, other: Party, at: number): void {
  one.peers.splice(0, 1, peerOf(other, at))
  other.peers.splice(0, 1, peerOf(one, at))
}

async function published({ node }: Party): Promise<void> {
  await node.publisher.publish(requestOf([indicatorText('one')]))
}
