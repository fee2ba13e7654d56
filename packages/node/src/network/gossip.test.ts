import { constants, zstdCompressSync } from 'node:zlib'
import type { Stream } from '@libp2p/interface'
import { MAX_BATCH_BYTES, MAX_CONTROL_BYTES, topicOf } from '@intelmesh/protocol'
import { describe, expect, it, vi } from 'vitest'
import {
  CLUSTER,
  type Roster,
  startTestNode,
  startUnguardedNode,
  type TestNode,
  type TestNodeOptions,
  type UnguardedNode,
} from '../../../../test/support/network/mesh.ts'
import { createGossip, messageId } from './gossip.ts'
import { deflateFrame } from './zstd.ts'

const CLEAR = topicOf('clear', CLUSTER)
const signal = (): AbortSignal => AbortSignal.timeout(10_000)
const isBad = (bytes: Uint8Array): boolean => bytes[0] === 0xbad % 256

describe(createGossip, () => {
  it('makes one message of a hundred compressions of the same bytes', async () => {
    await using mesh = await startPair()
    const { receiver, sender } = mesh
    const bytes = new Uint8Array(5_000).map((_, i) => (i * 31) & 0x7f)
    const variants = new Set<string>()
    for (let level = 1; level <= 22; level++) {
      for (const [checksum, windowLog] of [0, 1].flatMap((c) => [10, 13, 17].map((w) => [c, w]))) {
        const params = {
          [constants.ZSTD_c_compressionLevel]: level,
          [constants.ZSTD_c_checksumFlag]: checksum as number,
          [constants.ZSTD_c_windowLog]: windowLog as number,
        }
        variants.add(zstdCompressSync(bytes, { params, pledgedSrcSize: bytes.length }).toString('base64'))
      }
    }
    // A raw block can be cut anywhere, and an empty one put in anywhere: there is no end of spellings.
    for (let i = 1; i <= 100; i++) variants.add(rawFrame(bytes, i).toString('base64'))
    for (const variant of variants) send(sender, Buffer.from(variant, 'base64'))
    await settle(mesh)
    expect(variants.size).toBeGreaterThan(100)
    expect(receiver.received.filter(({ bytes: got }) => got.length === bytes.length)).toHaveLength(1)
    expect(mesh.receiver.network.peers()[0]?.score).toBeGreaterThanOrEqual(0)
  })

  const big = new Uint8Array(MAX_BATCH_BYTES + 1)
  it.for([
    ['a byte after the frame', Buffer.concat([deflateFrame(new Uint8Array(9)), Buffer.of(0)])],
    ['a bomb', deflateFrame(new Uint8Array(1 << 26))],
    ['a message too large', deflateFrame(big)],
    ['no zstd at all', Buffer.from('plain text')],
    ['nothing', Buffer.alloc(0)],
  ] as const)('takes %s for an invalid message of its sender', async ([, data]) => {
    await using mesh = await startPair()
    send(mesh.sender, data)
    await settle(mesh)
    expect(mesh.receiver.received).toHaveLength(1)
    expect(mesh.receiver.network.peers()[0]?.score).toBeLessThan(-50)
  })

  it('takes a message with an author, which unsigned ones have not, for invalid', async () => {
    await using mesh = await startPair()
    mesh.sender.inside.sendRpc(peerIdOf(mesh.sender), {
      subscriptions: [],
      messages: [{ topic: CLEAR, data: deflateFrame(new Uint8Array(9)), from: new Uint8Array(100_000) }],
    })
    await settle(mesh)
    expect(mesh.receiver.received).toHaveLength(1)
    expect(mesh.receiver.network.peers()[0]?.score).toBeLessThan(-50)
  })

  it('bans whose messages are rejected again and again, and nobody else', async () => {
    await using mesh = await startPair({
      verdict: (bytes) =>
        isBad(bytes) ? { action: 'reject', code: 'BAD' } : { action: 'accept', code: 'OK' },
    })
    const { receiver, sender, roster } = mesh
    await using honest = await startTestNode({ roster, seed: 3 })
    honest.network.subscribe('clear')
    await honest.network.dial(receiver.address, signal())
    await vi.waitFor(() => expect(honest.network.peers()[0]?.topics).toContain(CLEAR))

    // All in one RPC's worth of time: neither the cached score nor the short list of good peers lets them through.
    for (let i = 0; i < 100; i++) send(sender, deflateFrame(new Uint8Array(50).fill(0xbad % 256).fill(i, 1)))
    await vi.waitFor(() => expect(receiver.disconnected).toEqual([sender.node]))
    expect(receiver.received.filter(({ bytes }) => isBad(bytes)).length).toBeLessThanOrEqual(10)
    await expect(receiver.network.dial(sender.address, signal())).rejects.toMatchObject({
      code: 'PEER_BANNED',
    })

    await honest.network.publish('clear', new Uint8Array(9).fill(1), { urgent: true })
    await vi.waitFor(() => expect(receiver.received.at(-1)?.from).toBe(honest.node))
    expect(receiver.network.peers().map(({ node }) => node)).toEqual([honest.node])
    expect(receiver.network.peers()[0]?.score).toBeGreaterThanOrEqual(0)
  })

  it.for(['ignore', 'throw'] as const)('lets %s cost the sender nothing', async (how) => {
    await using mesh = await startPair({
      verdict(bytes) {
        if (!isBad(bytes)) return { action: 'accept', code: 'OK' }
        if (how === 'throw') throw new Error('a fault of this node')
        return { action: 'ignore', code: 'QUOTA' }
      },
    })
    for (let i = 0; i < 20; i++)
      send(mesh.sender, deflateFrame(new Uint8Array(50).fill(0xbad % 256).fill(i, 1)))
    await settle(mesh)
    expect(mesh.receiver.network.peers()[0]?.score).toBeGreaterThanOrEqual(0)
  })

  it('holds a sender back while it judges', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await using mesh = await startPair({
      async verdict() {
        await promise
        return { action: 'accept', code: 'OK' }
      },
    })
    const { receiver, sender } = mesh
    const messages = Array.from({ length: 80 }, (_, i) =>
      crypto.getRandomValues(new Uint8Array(65_536)).fill(i, 0, 2),
    )
    for (const message of messages) send(sender, deflateFrame(message))
    const isWaiting = (): boolean => (gossipStream(sender, 'outbound')?.writeBufferLength ?? 0) > 1_000_000
    for (let i = 0; i < 300; i++) await new Promise((done) => setImmediate(done))
    expect(isWaiting()).toBe(true)
    resolve()
    await vi.waitFor(() => expect(receiver.received).toHaveLength(messages.length), { timeout: 10_000 })
  })

  it('reads no more of a sender whose messages nobody wants, for a while, and goes on hearing others', async () => {
    await using mesh = await startPair({
      settings: { wasteBurstBytes: 3 * 65_536, wasteBytesPerSecond: 1 },
      verdict: (bytes) =>
        isBad(bytes) ? { action: 'ignore', code: 'CERT_UNKNOWN' } : { action: 'accept', code: 'OK' },
    })
    const { receiver, sender, roster } = mesh
    await using honest = await startTestNode({ roster, seed: 3 })
    honest.network.subscribe('clear')
    await honest.network.dial(receiver.address, signal())
    await vi.waitFor(() => expect(honest.network.peers()[0]?.topics).toContain(CLEAR))
    for (let i = 0; i < 60; i++) {
      const unwanted = crypto.getRandomValues(new Uint8Array(65_536)).fill(0xbad % 256, 0, 1)
      send(sender, deflateFrame(unwanted))
    }
    await vi.waitFor(() => expect(receiver.received.length).toBeGreaterThan(2))
    await honest.network.publish('clear', new Uint8Array(9).fill(1), { urgent: true })
    await vi.waitFor(() => expect(receiver.received.at(-1)?.from).toBe(honest.node))
    expect(receiver.received.filter(({ bytes }) => isBad(bytes))).toHaveLength(3)
    expect(receiver.network.peers().map(({ score }) => score >= 0)).toEqual([true, true])
  })

  it('leaves out what a slow reader has no room for, and goes on with it afterwards', async () => {
    await using mesh = await startPair({ settings: { maxGossipBacklog: 300_000 } })
    const { receiver, sender } = mesh
    const gossip = gossipStream(sender, 'inbound')
    gossip?.pause()
    for (let i = 0; i < 40; i++) {
      await receiver.network.publish('clear', crypto.getRandomValues(new Uint8Array(65_536)), {
        urgent: true,
      })
    }
    gossip?.resume()
    await vi.waitFor(() => expect(sender.received.length).toBeGreaterThan(2))
    const before = sender.received.length
    await vi.waitFor(async () => {
      await receiver.network.publish('clear', crypto.getRandomValues(new Uint8Array(100)), { urgent: true })
      expect(sender.received.length).toBeGreaterThan(before)
    })
    expect(before).toBeLessThan(40)
    expect(gossip?.status).toBe('open')
    expect(receiver.disconnected).toEqual([])
  })

  it('keeps the score of a peer that connects anew', async () => {
    await using mesh = await startPair()
    const { receiver, sender } = mesh
    send(sender, Buffer.from('plain text'))
    await settle(mesh)
    const before = receiver.network.peers()[0]?.score ?? 0
    await Promise.all(sender.libp2p.getConnections().map((connection) => connection.close()))
    await vi.waitFor(() => expect(receiver.disconnected).toHaveLength(1))
    await receiver.network.dial(sender.address, signal())
    await vi.waitFor(() => expect(receiver.network.peers()[0]?.topics).toContain(CLEAR))
    // Until it has been worked out anew: it then has decayed a little.
    await vi.waitFor(() => expect(receiver.network.peers()[0]?.score).not.toBe(before), { timeout: 5_000 })
    expect(receiver.network.peers()[0]?.score).toBeLessThan(-50)
  })

  it('passes a message on to who is not connected to its author', async () => {
    const roster: Roster = new Map()
    await using a = await startTestNode({ roster, seed: 1 })
    await using b = await startTestNode({ roster, seed: 2 })
    await using c = await startTestNode({ roster, seed: 3 })
    for (const { network } of [a, b, c]) network.subscribe('control')
    await a.network.dial(b.address, signal())
    await b.network.dial(c.address, signal())
    const topic = topicOf('control', CLUSTER)
    await vi.waitFor(() =>
      expect(b.network.peers().filter(({ topics }) => topics.includes(topic))).toHaveLength(2),
    )
    await vi.waitFor(() => expect(a.network.peers()[0]?.topics).toContain(topic))
    // The author sends to all, others to their mesh, which forms at the next heartbeat.
    let round = 0
    await vi.waitFor(
      async () => {
        await a.network.publish('control', new Uint8Array(MAX_CONTROL_BYTES).fill(round++), { urgent: true })
        expect(c.received[0]).toMatchObject({ compartment: 'control', from: b.node })
      },
      { timeout: 5_000 },
    )
  })

  it('publishes nothing larger than receivers take', async () => {
    await using node = await startTestNode({ roster: new Map(), seed: 1 })
    await expect(node.network.publish('clear', big, { urgent: true })).rejects.toThrowError(RangeError)
    const control = new Uint8Array(MAX_CONTROL_BYTES + 1)
    await expect(node.network.publish('control', control, { urgent: true })).rejects.toThrowError(RangeError)
  })
})

describe(messageId, () => {
  it('differs by topic, so that a batch sent astray does not stand in for the same batch in its place', () => {
    const bytes = new Uint8Array(10)
    expect(messageId(CLEAR, bytes)).not.toEqual(messageId(topicOf('green', CLUSTER), bytes))
    expect(messageId(CLEAR, bytes)).toEqual(messageId(CLEAR, new Uint8Array(10)))
  })
})

interface Pair extends AsyncDisposable {
  readonly roster: Roster
  readonly receiver: TestNode
  readonly sender: UnguardedNode
}

/** A node under test, and a member that sends what it likes. Both on `clear`. */
async function startPair(options: Partial<TestNodeOptions> = {}): Promise<Pair> {
  const roster: Roster = new Map()
  await using starting = new AsyncDisposableStack()
  const receiver = starting.use(await startTestNode({ roster, seed: 1, ...options }))
  const sender = starting.use(await startUnguardedNode({ roster, seed: 2 }))
  receiver.network.subscribe('clear')
  sender.libp2p.services.pubsub.subscribe(CLEAR)
  await receiver.network.dial(sender.address, signal())
  await vi.waitFor(() => {
    expect(receiver.network.peers()[0]?.topics).toContain(CLEAR)
    expect(sender.inside.topics.get(CLEAR)?.size).toBe(1)
  })
  const running = starting.move()
  return { roster, receiver, sender, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

function gossipStream(sender: UnguardedNode, towards: 'inbound' | 'outbound'): Stream | undefined {
  const streams = sender.libp2p.getConnections().flatMap((connection) => connection.streams)
  return streams.find(({ protocol, direction }) => protocol.startsWith('/meshsub/') && direction === towards)
}

function peerIdOf(sender: UnguardedNode): string {
  return sender.libp2p.getPeers().map(String)[0] ?? ''
}

function send(sender: UnguardedNode, data: Uint8Array): void {
  sender.inside.sendRpc(peerIdOf(sender), { subscriptions: [], messages: [{ topic: CLEAR, data }] })
}

/** Waits until all that was sent so far has been dealt with: a stream keeps its order. */
async function settle({ sender, receiver }: Pair): Promise<void> {
  const last = Uint8Array.of(1, 2, 3)
  send(sender, deflateFrame(last))
  await vi.waitFor(() => expect(receiver.received.at(-1)?.bytes).toEqual(last), { timeout: 5_000 })
}

/** The content as two raw blocks, cut at `cut`. RFC 8878 section 3.1.1.2. */
function rawFrame(content: Uint8Array, cut: number): Buffer {
  const header = Buffer.from('28b52ffda000000000', 'hex')
  header.writeUInt32LE(content.length, 5)
  const block = (bytes: Uint8Array, isLast: boolean): Buffer => {
    const size = Buffer.alloc(3)
    size.writeUIntLE((bytes.length << 3) | (isLast ? 1 : 0), 0, 3)
    return Buffer.concat([size, bytes])
  }
  return Buffer.concat([header, block(content.subarray(0, cut), false), block(content.subarray(cut), true)])
}
