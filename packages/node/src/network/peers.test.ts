import { describe, expect, it, vi } from 'vitest'
import { entry, type Roster, startTestNode, type TestNode } from '../../../../test/support/network/mesh.ts'
import { createPeers, type LivePeer } from './peers.ts'

type Connection = LivePeer['connection']

const signal = (): AbortSignal => AbortSignal.timeout(10_000)

describe(createPeers, () => {
  it('cuts a peer off at once, and keeps it out until it may come in again', async () => {
    await using pair = await startPair()
    const { a, b, roster } = pair
    await a.network.dial(b.address, signal())
    await vi.waitFor(() => expect(b.connected).toEqual([a.node]))
    roster.set(b.node, entry([], { code: 'CERT_REVOKED' }))
    await a.network.disconnect(b.node, 'CERT_REVOKED')
    await vi.waitFor(() => expect([a.disconnected, b.disconnected]).toEqual([[b.node], [a.node]]))
    expect(a.network.peers()).toEqual([])
    await expect(b.network.dial(a.address, signal())).rejects.toMatchObject({ code: 'CERT_REVOKED' })
    await expect(a.network.dial(b.address, signal())).rejects.toMatchObject({ code: 'CERT_REVOKED' })
    roster.set(b.node, entry())
    await b.network.dial(a.address, signal())
    await vi.waitFor(() => expect(a.connected).toEqual([b.node, b.node]))
  })

  it('cuts a peer off whose handshake was judged before the cut and ends after it', async () => {
    await using pair = await startPair()
    const { a, b, roster } = pair
    const judged = Promise.withResolvers<void>()
    const look = roster.get.bind(roster)
    // The verdict on b is given, and b is cut off before the verdict has been acted upon.
    roster.get = (node) => {
      const found = look(node)
      if (node === b.node)
        queueMicrotask(() => void a.network.disconnect(b.node, 'CERT_REVOKED').then(judged.resolve))
      return found
    }
    await b.network.dial(a.address, signal()).catch(() => {})
    await judged.promise
    await vi.waitFor(() => expect(b.network.peers()).toEqual([]))
    expect(a.network.peers()).toEqual([])
    expect(a.connected).toEqual([])
  })

  it('ends a connection when the certificate does, unless a newer one was shown', async () => {
    await using pair = await startPair()
    const { a, b, roster } = pair
    await using c = await startTestNode({ roster, seed: 3 })
    const soon = Date.now() + 700
    for (const { node } of [b, c]) roster.set(node, entry(undefined, { notAfter: soon }))
    for (const { address } of [b, c]) await a.network.dial(address, signal())
    a.network.extend(c.node, 'ff', soon + 3_600_000)
    await vi.waitFor(() => expect(a.disconnected).toEqual([b.node]), { timeout: 5_000 })
    expect(Date.now()).toBeGreaterThanOrEqual(soon)
    expect(a.network.peers()).toMatchObject([{ node: c.node, certificate: 'ff' }])
  })

  it('keeps one connection of two peers that dial each other at once', async () => {
    await using pair = await startPair()
    const { a, b } = pair
    const dials = await Promise.allSettled([
      a.network.dial(b.address, signal()),
      b.network.dial(a.address, signal()),
    ])
    expect(dials.some(({ status }) => status === 'fulfilled')).toBe(true)
    await vi.waitFor(() => {
      expect([...a.network.peers(), ...b.network.peers()]).toHaveLength(2)
      expect(
        new Set([...a.network.peers(), ...b.network.peers()].map(({ direction }) => direction)).size,
      ).toBe(2)
    })
    // And gossip runs over the one that is left.
    for (const { network } of [a, b]) network.subscribe('clear')
    await vi.waitFor(
      () => expect([a, b].map(({ network }) => network.peers()[0]?.topics.length)).toEqual([1, 1]),
      {
        timeout: 5_000,
      },
    )
    await a.network.publish('clear', new Uint8Array(5), { urgent: true })
    await vi.waitFor(() => expect(b.received).toHaveLength(1))
  })

  it('answers a second dial with the connection that is there', async () => {
    await using pair = await startPair()
    const { a, b } = pair
    const first = await a.network.dial(b.address, signal())
    expect(await a.network.dial(b.address, signal())).toEqual(first)
    expect(a.connected).toEqual([b.node])
  })

  it('tells of a connection that takes the place of another, and of no loss', () => {
    const told: string[] = []
    using peers = createPeers(
      {
        onConnect: ({ node }) => told.push(`connected ${node}`),
        onDisconnect: (node) => told.push(`disconnected ${node}`),
      },
      { ownNode: 'a', settings: { crossingMs: 0 } },
    )
    const identity = { node: 'b', certificate: 'c', notAfter: Number.MAX_SAFE_INTEGER }
    const open = (id: string): Connection => {
      const connection = {
        id,
        timeline: {},
        direction: 'inbound',
        remotePeer: 'peer b',
        abort: () => peers.closed(connection),
      } as unknown as Connection
      peers.vouch(connection.timeline, identity, peers.epoch())
      peers.opened(connection)
      return connection
    }
    open('stale')
    const fresh = open('fresh')
    expect(peers.get('b')?.connection).toBe(fresh)
    expect(told).toEqual(['connected b', 'connected b'])
    peers.closed(fresh)
    expect(told.at(-1)).toBe('disconnected b')
  })

  it('lets a node that cannot be dialled publish, receive and serve sessions', async () => {
    const roster: Roster = new Map()
    await using hub = await startTestNode({ roster, seed: 1 })
    await using shy = await startTestNode({
      roster,
      seed: 2,
      listen: [],
      onSync: async (channel) => channel.send(Uint8Array.of(4, 2)),
    })
    expect(shy.network.addresses).toEqual([])
    await shy.network.dial(hub.address, signal())
    for (const { network } of [hub, shy]) network.subscribe('green')
    await vi.waitFor(() =>
      expect([hub, shy].map(({ network }) => network.peers()[0]?.topics.length)).toEqual([1, 1]),
    )
    await shy.network.publish('green', Uint8Array.of(1), { urgent: false })
    await hub.network.publish('green', Uint8Array.of(2), { urgent: false })
    await vi.waitFor(() => expect([hub.received.length, shy.received.length]).toEqual([1, 1]))
    await using channel = await hub.network.openSync(shy.node, signal())
    expect(await channel.receive()).toEqual(Uint8Array.of(4, 2))
    expect(await channel.receive()).toBeUndefined()
  })

  it('bans a peer that is penalised again and again, for a time', async () => {
    await using pair = await startPair()
    const { a, b } = pair
    await a.network.dial(b.address, signal())
    for (let i = 0; i < 5; i++) a.network.penalise(b.node, 'SYNC_MALFORMED')
    expect(a.network.peers()[0]?.score).toBeLessThan(-1_000)
    expect(a.disconnected).toEqual([])
    a.network.penalise(b.node, 'SYNC_MALFORMED')
    await vi.waitFor(() => expect(a.disconnected).toEqual([b.node]))
    await vi.waitFor(() => expect(b.disconnected).toEqual([a.node]))
    await expect(b.network.dial(a.address, signal())).rejects.toMatchObject({ code: 'PEER_BANNED' })
    await expect(a.network.dial(b.address, signal())).rejects.toMatchObject({ code: 'PEER_BANNED' })
  })

  it('fails calls once the network is disposed, and may be disposed again', async () => {
    const node = await startTestNode({ roster: new Map(), seed: 1 })
    await node[Symbol.asyncDispose]()
    await node[Symbol.asyncDispose]()
    const closed = { code: 'NETWORK_CLOSED' }
    await expect(node.network.dial('/ip4/127.0.0.1/tcp/1', signal())).rejects.toMatchObject(closed)
    await expect(node.network.publish('clear', new Uint8Array(1), { urgent: true })).rejects.toMatchObject(
      closed,
    )
    expect(() => node.network.subscribe('clear')).toThrowError(expect.objectContaining(closed))
  })
})

async function startPair(): Promise<
  AsyncDisposable & { readonly roster: Roster; readonly a: TestNode; readonly b: TestNode }
> {
  const roster: Roster = new Map()
  await using starting = new AsyncDisposableStack()
  const a = starting.use(await startTestNode({ roster, seed: 1 }))
  const b = starting.use(await startTestNode({ roster, seed: 2 }))
  const running = starting.move()
  return { roster, a, b, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
