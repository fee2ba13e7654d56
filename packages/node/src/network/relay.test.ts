import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { codeOf } from '@intelmesh/protocol'
import { eventually } from '../../../../test/support/eventually.ts'
import {
  membershipOf,
  type Roster,
  startTestNode,
  startUnguardedNode,
  type TestNode,
  type TestNodeOptions,
} from '../../../../test/support/network/mesh.ts'
import { readAnswer, RELAY_PROTOCOL, writePeer } from './relay-messages.ts'
import { startRelay } from './relay-server.ts'
import { startRelayPlaces } from './relay-places.ts'

const signal = (): AbortSignal => AbortSignal.timeout(10_000)

/** A relay, a member that listens nowhere and has a place at it, and one that is to reach it. */
async function startThree(options: Partial<TestNodeOptions> = {}) {
  const roster: Roster = new Map()
  await using starting = new AsyncDisposableStack()
  const relay = starting.use(await startTestNode({ roster, seed: 1, relay: true, ...options }))
  const hidden = starting.use(await startTestNode({ ...options, roster, seed: 2, listen: [] }))
  const caller = starting.use(await startTestNode({ ...options, roster, seed: 3, listen: [] }))
  await hidden.network.dial(relay.address, signal())
  await hidden.network.takePlace(relay.node, relay.network.addresses, signal())
  const started = starting.move()
  return { roster, relay, hidden, caller, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

/** Of a peer that is not there. */
const ABSENT = '12D3KooWGtxRt6M55oHkgmSWzFZM5v1tVBBuVGDLzzVq5gCEKNBY'

const connectedTo = ({ network }: TestNode): readonly string[] => network.peers().map(({ node }) => node)

async function gossipReaches(from: TestNode, to: TestNode): Promise<void> {
  for (const { network } of [from, to]) network.subscribe('green')
  let count = 0
  await eventually(async () => {
    await from.network.publish('green', Uint8Array.of(count++), { urgent: true })
    expect(to.received.map((each) => each.from)).toContain(from.node)
  })
}

describe(startRelay, () => {
  it('connects a member that listens nowhere with another, who prove their membership to each other', async () => {
    await using mesh = await startThree()
    const { hidden, caller, relay } = mesh
    expect(hidden.network.addresses).toEqual([expect.stringContaining('/p2p-circuit/p2p/')])
    const reached = await caller.network.dial(hidden.address, signal())
    expect(reached.node).toBe(hidden.node)
    await eventually(() => expect(connectedTo(hidden)).toEqual([relay.node, caller.node]))
    const [, inbound] = hidden.network.peers()
    expect(inbound).toMatchObject({ direction: 'inbound', certificate: caller.node })
  })

  it('carries gossip and sessions of any length both ways, back-pressure included', async () => {
    const frames = 24
    const large = new Uint8Array(256 * 1024).map((_, i) => (i * 2654435761) >>> 13)
    await using mesh = await startThree({
      async onSync(channel) {
        for (let i = 0; i < frames; i++) await channel.send((await channel.receive()) ?? new Uint8Array())
      },
    })
    const { hidden, caller } = mesh
    await caller.network.dial(hidden.address, signal())
    await using channel = await caller.network.openSync(hidden.node, signal())
    const sending = (async () => {
      for (let i = 0; i < frames; i++) await channel.send(large)
    })()
    for (let i = 0; i < frames; i++) expect((await channel.receive())?.length).toBe(large.length)
    await sending
    await gossipReaches(caller, hidden)
  })

  it('sees none of the bytes of those whom it connects', async () => {
    await using mesh = await startThree()
    const { hidden, caller, relay } = mesh
    await caller.network.dial(hidden.address, signal())
    await gossipReaches(caller, hidden)
    expect(relay.received).toEqual([])
  })

  it('lets nobody in whom the member itself would not let in', async () => {
    const roster: Roster = new Map()
    await using relay = await startTestNode({ roster, seed: 1, relay: true })
    // The relay has not heard yet what the member knows.
    const membership = membershipOf(roster, new Uint8Array())
    await using hidden = await startTestNode({
      roster,
      seed: 2,
      listen: [],
      async judge(hello, key) {
        const verdict = await membership.judge(hello, key)
        if (verdict.admitted && verdict.peer.node === relay.node) return verdict
        return { admitted: false, code: 'CERT_REVOKED', isKnownMember: true }
      },
    })
    await using caller = await startTestNode({ roster, seed: 3, listen: [] })
    await hidden.network.dial(relay.address, signal())
    await hidden.network.takePlace(relay.node, relay.network.addresses, signal())
    expect(await caller.network.dial(hidden.address, signal()).catch(codeOf)).toBe('CERT_REVOKED')
    expect(connectedTo(caller)).toEqual([relay.node])
    expect(connectedTo(hidden)).toEqual([relay.node])
  })

  it('slows a greedy member down, and does not cut it off', async () => {
    const frame = new Uint8Array(randomBytes(50_000))
    let arrived = 0
    await using mesh = await startThree({
      settings: { relayBurstBytes: 64 * 1024, relayBytesPerSecond: 1024 * 1024 },
      async onSync(channel) {
        while ((await channel.receive()) !== undefined) arrived += 1
      },
    })
    await mesh.caller.network.dial(mesh.hidden.address, signal())
    const channel = await mesh.caller.network.openSync(mesh.hidden.node, signal())
    for (let i = 0; i < 10; i++) await channel.send(frame)
    await channel[Symbol.asyncDispose]()
    await eventually(() => expect(arrived).toBe(10))
    expect(connectedTo(mesh.hidden)).toContain(mesh.caller.node)
  })

  it('holds a sender back whose peer reads nothing, instead of keeping what it sends', async () => {
    const frame = new Uint8Array(randomBytes(256 * 1024))
    const over = Promise.withResolvers<void>()
    await using mesh = await startThree({
      settings: { frameMs: 300, minFrameRate: 2 ** 30 },
      onSync: () => over.promise,
    })
    await mesh.caller.network.dial(mesh.hidden.address, signal())
    await using channel = await mesh.caller.network.openSync(mesh.hidden.node, signal())
    const sendAll = async (): Promise<void> => {
      for (let i = 0; i < 200; i++) await channel.send(frame)
    }
    expect(await sendAll().catch(codeOf)).toBe('STREAM_TIMEOUT')
    over.resolve()
    // A window of each of the connections on the way, of 50 MB that were to be sent.
    expect(channel.bytes.sent).toBeLessThan(8 * 1024 * 1024)
  })

  it('knows nobody without a place, and says so', async () => {
    await using mesh = await startThree()
    const { roster, relay, caller } = mesh
    await using other = await startTestNode({ roster, seed: 4, listen: [] })
    await other.network.dial(relay.address, signal())
    const through = `${relay.address}/p2p-circuit/p2p/${ABSENT}`
    expect(await caller.network.dial(through, signal()).catch(codeOf)).toBe('RELAY_REFUSED')
    expect(connectedTo(relay)).toContain(caller.node)
  })

  it('holds a member to its circuits', async () => {
    await using mesh = await startThree({ settings: { maxCircuits: 1 } })
    const { roster, hidden, caller } = mesh
    await caller.network.dial(hidden.address, signal())
    await using other = await startTestNode({ roster, seed: 4, listen: [] })
    expect(await other.network.dial(hidden.address, signal()).catch(codeOf)).toBe('RELAY_REFUSED')
    await caller.network[Symbol.asyncDispose]()
    await eventually(async () => other.network.dial(hidden.address, signal()))
    expect(connectedTo(other)).toContain(hidden.node)
  })

  it('lets no caller take up the circuits of another', async () => {
    await using mesh = await startThree()
    const { roster, relay, hidden, caller } = mesh
    await using greedy = await startUnguardedNode({ roster, seed: 4 })
    const connection = await greedy.libp2p.dial(multiaddr(relay.address), { signal: signal() })
    const own = hidden.address.split('/p2p/').at(-1) as string
    const call = async (): Promise<void> => {
      const stream = await connection.newStream([RELAY_PROTOCOL], { signal: signal() })
      await writePeer(stream, own, signal())
      await readAnswer(stream, signal())
    }
    await call()
    await call()
    expect(await call().catch(codeOf)).toBe('RELAY_REFUSED')
    await caller.network.dial(hidden.address, signal())
    expect(connectedTo(caller)).toContain(hidden.node)
  })

  it('has so many places and no more', async () => {
    await using mesh = await startThree({ settings: { maxPlaces: 1 } })
    const { relay, caller } = mesh
    await caller.network.dial(relay.address, signal())
    const take = (): Promise<void> => caller.network.takePlace(relay.node, [relay.address], signal())
    expect(await take().catch(codeOf)).toBe('RELAY_REFUSED')
    await mesh.hidden.network[Symbol.asyncDispose]()
    await eventually(take)
    expect(caller.network.relays).toEqual([relay.node])
  })

  it('takes the place, and the connections through it, from a member that is cut off', async () => {
    await using mesh = await startThree()
    const { roster, relay, hidden, caller } = mesh
    await caller.network.dial(hidden.address, signal())
    roster.set(hidden.node, { code: 'CERT_REVOKED', compartments: [], notAfter: 0 })
    await relay.network.disconnect(hidden.node, 'CERT_REVOKED')
    await eventually(() => expect(hidden.network.relays).toEqual([]))
    expect(hidden.network.addresses).toEqual([])
    await eventually(() => expect(connectedTo(caller)).not.toContain(hidden.node))
    expect(await hidden.network.dial(relay.address, signal()).catch(codeOf)).toBe('CERT_REVOKED')
  })
})

describe(startRelayPlaces, () => {
  it('takes no connections from a member at which it has no place', async () => {
    await using mesh = await startThree()
    const { roster, hidden } = mesh
    await using other = await startTestNode({ roster, seed: 6, relay: true })
    await hidden.network.dial(other.address, signal())
    await using guest = await startTestNode({ roster, seed: 7, listen: [] })
    const own = hidden.address.split('/p2p/').at(-1) as string
    expect(await guest.network.dial(`${other.address}/p2p-circuit/p2p/${own}`, signal()).catch(codeOf)).toBe(
      'RELAY_REFUSED',
    )
  })

  it('asks who is connected, and who is a relay', async () => {
    await using mesh = await startThree()
    const { roster, hidden, caller } = mesh
    expect(await caller.network.takePlace(hidden.node, [], signal()).catch(codeOf)).toBe('PEER_NOT_CONNECTED')
    await using other = await startTestNode({ roster, seed: 8 })
    await caller.network.dial(other.address, signal())
    expect(await caller.network.takePlace(other.node, [other.address], signal()).catch(codeOf)).toBe(
      'STREAM_CLOSED',
    )
  })
})
