import type { GossipSub } from '@libp2p/gossipsub'
import { topicOf } from '@intelmesh/protocol'
import { describe, expect, it, vi } from 'vitest'
import {
  CLUSTER,
  entry,
  type Roster,
  startTestNode,
  startUnguardedNode,
  type TestNode,
  type UnguardedNode,
} from '../../../../test/support/network/mesh.ts'
import { messageId } from './gossip.ts'
import { guardTopics } from './topic-access.ts'
import { deflateFrame } from './zstd.ts'

const GREEN = topicOf('green', CLUSTER)
const CLEAR = topicOf('clear', CLUSTER)

describe(guardTopics, () => {
  it('gives a member without clearance nothing, whatever it subscribes to, grafts or asks for', async () => {
    const { nodes, roster } = await startMesh()
    await using _ = nodes
    const { author, reader, spy } = nodes
    // One urgent and one ordinary: flood publishing and the mesh pick their receivers differently.
    for (let i = 0; i < 5; i++) await author.network.publish('green', message(i), { urgent: i % 2 === 0 })
    await vi.waitFor(() => expect(greens(reader)).toBe(5))

    graft(spy)
    ask(spy, GREEN, 5)
    await settle(spy, author)
    expect(spy.received.filter((topic) => topic === GREEN)).toEqual([])

    // The same requests are served once the member is cleared: it is the clearance that held them back.
    roster.set(spy.node, entry(['control', 'clear', 'green']))
    author.network.refreshAccess()
    for (let i = 5; i < 10; i++) await author.network.publish('green', message(i), { urgent: i % 2 === 0 })
    ask(spy, GREEN, 5)
    await vi.waitFor(() => expect(spy.received.filter((topic) => topic === GREEN)).toHaveLength(10))
  })

  it('takes nothing from a member without clearance, and leaves the same message welcome from others', async () => {
    const { nodes } = await startMesh()
    await using _ = nodes
    const { author, reader, spy } = nodes
    await spy.inside.publish(GREEN, message(1), { floodPublish: true })
    forceSend(spy, GREEN, deflateFrame(message(1)))
    await settle(spy, author)
    expect(greens(author)).toBe(0)
    await author.network.publish('green', message(1), { urgent: true })
    await vi.waitFor(() => expect(greens(reader)).toBe(1))
  })

  it('tells a member without clearance neither of subscriptions nor of messages', async () => {
    const { nodes } = await startMesh()
    await using _ = nodes
    const { author, spy } = nodes
    await author.network.publish('green', message(1), { urgent: false })
    await settle(spy, author)
    expect([...spy.inside.topics.keys()]).toEqual([CLEAR])
  })

  it('cuts the flow when a clearance is lost', async () => {
    const { nodes, roster } = await startMesh()
    await using _ = nodes
    const { author, reader, spy } = nodes
    await vi.waitFor(() => expect(author.network.peers()).toSatisfy(hasTopic(reader.node, GREEN)))
    roster.set(reader.node, entry(['control', 'clear']))
    // At once, even before anybody asks for access to be looked at anew.
    await author.network.publish('green', message(1), { urgent: true })
    author.network.refreshAccess()
    await author.network.publish('green', message(2), { urgent: false })
    await author.network.publish('clear', message(3), { urgent: true })
    await vi.waitFor(() => expect(reader.received.map(({ compartment }) => compartment)).toEqual(['clear']))
    expect(author.network.peers()).not.toSatisfy(hasTopic(reader.node, GREEN))
    expect(spy.received).not.toContain(GREEN)
  })

  it('keeps no place in its tables for who may not see a topic', async () => {
    const roster: Roster = new Map()
    await using guarded = await startUnguardedNode({ roster, seed: 1 })
    await using spy = await startUnguardedNode({ roster, seed: 2 })
    const { topics, mesh } = guarded.inside
    guardTopics(guarded.libp2p.services.pubsub, (_peer, topic) => topic === CLEAR)
    for (const { libp2p } of [guarded, spy])
      for (const topic of [CLEAR, GREEN]) libp2p.services.pubsub.subscribe(topic)
    await spy.libp2p.dial(guarded.libp2p.getMultiaddrs())
    await vi.waitFor(() => expect(topics.get(CLEAR)?.has(spy.peerId)).toBe(true))
    await vi.waitFor(() => expect(spy.inside.streamsOutbound.size).toBe(1))
    const asked = vi.spyOn(spy.inside, 'handleIWant')
    graft(spy)
    spy.inside.sendRpc(guarded.peerId, {
      subscriptions: [],
      messages: [{ topic: CLEAR, data: deflateFrame(message(1)) }],
      control: {
        graft: [],
        prune: [],
        iwant: [],
        idontwant: [],
        ihave: [{ topicID: GREEN, messageIDs: [message(7)] }],
      },
    })
    // On the same stream, so it is dealt with after all that.
    spy.inside.sendRpc(guarded.peerId, {
      subscriptions: [],
      messages: [{ topic: CLEAR, data: deflateFrame(message(2)) }],
    })
    await vi.waitFor(() => expect(guarded.received).toHaveLength(2))
    expect(topics.has(GREEN)).toBe(false)
    expect(mesh.get(GREEN)?.size).toBe(0)
    expect(asked).not.toHaveBeenCalled()
  })

  it('fails at once on a gossipsub that it does not know', () => {
    expect(() => guardTopics({} as GossipSub, () => true)).toThrowError(
      expect.objectContaining({ code: 'GOSSIPSUB_UNEXPECTED' }),
    )
  })
})

interface Mesh extends AsyncDisposable {
  readonly author: TestNode
  readonly reader: TestNode
  readonly spy: UnguardedNode
}

/** An author and a reader cleared for green, and a spy that is not but subscribes to everything. */
async function startMesh(): Promise<{ nodes: Mesh; roster: Roster }> {
  const roster: Roster = new Map()
  await using starting = new AsyncDisposableStack()
  const author = starting.use(await startTestNode({ roster, seed: 1 }))
  const reader = starting.use(await startTestNode({ roster, seed: 2 }))
  const spy = starting.use(await startUnguardedNode({ roster, seed: 3, compartments: ['control', 'clear'] }))
  for (const { network } of [author, reader]) {
    for (const compartment of ['clear', 'green'] as const) network.subscribe(compartment)
  }
  for (const topic of [CLEAR, GREEN]) spy.libp2p.services.pubsub.subscribe(topic)
  await author.network.dial(reader.address, AbortSignal.timeout(10_000))
  await author.network.dial(spy.address, AbortSignal.timeout(10_000))
  await vi.waitFor(() => {
    expect(author.network.peers()).toSatisfy(hasTopic(reader.node, GREEN))
    expect(author.network.peers()).toSatisfy(hasTopic(spy.node, CLEAR))
    expect(spy.inside.topics.get(CLEAR)?.size).toBe(1)
  })
  const running = starting.move()
  return { roster, nodes: { author, reader, spy, [Symbol.asyncDispose]: () => running.disposeAsync() } }
}

function message(i: number): Uint8Array {
  return new Uint8Array(100).fill(i)
}

function greens({ received }: TestNode): number {
  return received.filter(({ compartment }) => compartment === 'green').length
}

function hasTopic(node: string, topic: string) {
  return (peers: ReturnType<TestNode['network']['peers']>) =>
    peers.some((peer) => peer.node === node && peer.topics.includes(topic))
}

function peerIdOf(spy: UnguardedNode): string {
  return spy.libp2p.getPeers().map(String)[0] ?? ''
}

function graft(spy: UnguardedNode): void {
  spy.inside.sendRpc(peerIdOf(spy), {
    subscriptions: [{ topic: GREEN, subscribe: true }],
    messages: [],
    control: { graft: [{ topicID: GREEN }], prune: [], ihave: [], iwant: [], idontwant: [] },
  })
}

/** Asks for messages that somebody else named: 0 up to `count`. */
function ask(spy: UnguardedNode, topic: string, count: number): void {
  const messageIDs = Array.from({ length: count }, (_, i) => messageId(topic, message(i)))
  spy.inside.sendRpc(peerIdOf(spy), {
    subscriptions: [],
    messages: [],
    control: { graft: [], prune: [], ihave: [], iwant: [{ messageIDs }], idontwant: [] },
  })
}

function forceSend(spy: UnguardedNode, topic: string, data: Uint8Array): void {
  spy.inside.sendRpc(peerIdOf(spy), { subscriptions: [], messages: [{ topic, data }] })
}

let round = 100

/** Waits until all that either had sent to the other has been dealt with: streams keep their order. */
async function settle(spy: UnguardedNode, author: TestNode): Promise<void> {
  const before = spy.received.filter((topic) => topic === CLEAR).length
  const ping = message(round++)
  await spy.inside.publish(CLEAR, ping, { floodPublish: true })
  await vi.waitFor(() => expect(author.received.map(({ bytes }) => bytes)).toContainEqual(ping))
  await author.network.publish('clear', message(round++), { urgent: true })
  await vi.waitFor(() => expect(spy.received.filter((topic) => topic === CLEAR)).toHaveLength(before + 1))
}
