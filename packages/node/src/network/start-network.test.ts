import { describe, expect, it, vi } from 'vitest'
import { type Roster, startTestNode } from '../../../../test/support/network/mesh.ts'
import { startNetwork } from './start-network.ts'

const signal = (): AbortSignal => AbortSignal.timeout(10_000)

describe(startNetwork, () => {
  it('connects two members, who gossip and reconcile', async () => {
    const roster: Roster = new Map()
    await using a = await startTestNode({ roster, seed: 1 })
    await using b = await startTestNode({
      roster,
      seed: 2,
      async onSync(channel) {
        for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
          await channel.send(frame)
        }
      },
    })
    const peer = await a.network.dial(b.address, signal())
    expect(peer.node).toBe(b.node)
    await vi.waitFor(() => expect(b.connected).toEqual([a.node]))

    for (const { network } of [a, b]) network.subscribe('green')
    await vi.waitFor(() => expect(a.network.peers()[0]?.topics).toEqual(['/intelmesh/green.finance.eu/1']))
    const bytes = new Uint8Array(100_000).fill(7)
    await a.network.publish('green', bytes, { urgent: true })
    await vi.waitFor(() => expect(b.received).toHaveLength(1), { timeout: 5_000 })
    expect(b.received[0]).toEqual({ compartment: 'green', bytes, from: a.node })

    await using channel = await a.network.openSync(b.node, signal())
    for (let i = 1; i < 20; i++) {
      const frame = crypto.getRandomValues(new Uint8Array(60_000))
      await channel.send(frame)
      expect(await channel.receive()).toEqual(frame)
    }
    expect(channel.peer.node).toBe(b.node)
  })

  it('lets a cluster of twenty nodes on one host meet at once', async () => {
    const roster: Roster = new Map()
    await using all = new AsyncDisposableStack()
    const hub = all.use(await startTestNode({ roster, seed: 1 }))
    const nodes = await Promise.all(
      Array.from({ length: 19 }, (_, i) => startTestNode({ roster, seed: i + 2 })),
    )
    for (const node of nodes) all.use(node)
    await Promise.all(nodes.map(({ network }) => network.dial(hub.address, signal())))
    await vi.waitFor(() => expect(hub.network.peers()).toHaveLength(19))
    // None of them pays for sharing its address with the others.
    for (const { score } of hub.network.peers()) expect(score).toBeGreaterThanOrEqual(0)
  })

  it('says why it cannot listen', async () => {
    const roster: Roster = new Map()
    await using a = await startTestNode({ roster, seed: 1 })
    const taken = a.address.split('/p2p/')[0] as string
    for (const listen of [[taken], ['no address']]) {
      await expect(startTestNode({ roster, seed: 2, listen })).rejects.toMatchObject({
        code: 'LISTEN_FAILED',
      })
    }
  })

  it('tells a stranger nothing, and opens no stream to it', async () => {
    const roster: Roster = new Map()
    await using a = await startTestNode({ roster, seed: 1 })
    await using stranger = await startTestNode({ roster, seed: 2, isStranger: true })
    await expect(stranger.network.dial(a.address, signal())).rejects.toMatchObject({ code: 'NOT_ADMITTED' })
    await vi.waitFor(() =>
      expect(a.refusals).toMatchObject([
        { direction: 'inbound', code: 'CERT_ROOT_UNKNOWN', node: stranger.node },
      ]),
    )
    expect(a.connected).toEqual([])
    expect(a.network.peers()).toEqual([])
  })
})
