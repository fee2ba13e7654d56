import { decodeHello, encodeHello } from '@intelmesh/protocol'
import { NetworkError, type PeerIdentity } from '../../packages/node/src/network/index.ts'
import type { Stream } from './channel.ts'
import type { Links } from './links.ts'
import type { Node, Running } from './node.ts'
import type { Timeline } from './timeline.ts'

/** Two processes that have proven to each other that they are members. */
export interface Connection {
  /** Each one's identity as the other knows it, by name. */
  readonly peers: ReadonlyMap<string, PeerIdentity>
  readonly processes: ReadonlyMap<string, Running>
  readonly streams: Set<Stream>
}

/** Who is connected with whom. */
export interface Connections {
  of(a: Node, b: Node): Connection | undefined
  /** Has those dial each other that are not connected and may try. */
  dial(among: readonly Node[]): void
  /** Lets those try at once who wait after a failure. */
  dialAnew(): void
  /** Cuts off whom a node may no longer talk to. */
  follow(at: Node): void
  /** Ends the connections of a node. */
  gone(node: Node): void
  /** Ends those over which nothing goes any more, in either direction. */
  cut(): void
  /** Streams that are open. */
  readonly streams: number
}

export interface ConnectionsComponents {
  readonly timeline: Timeline
  readonly links: Links
  readonly nodes: () => readonly Node[]
  /** Follows work to its end, whatever that is. */
  readonly spawn: (what: string, at: Node, work: Promise<unknown>) => void
  readonly log: (text: string) => void
}

/** Longer than that no handshake takes, in ms. */
const HANDSHAKE_MS = 10_000
/** How long two nodes wait before they try again to connect, in ms: twice as long each time. */
const FIRST_WAIT_MS = 10_000
const MAX_WAIT_MS = 600_000

export function createConnections(components: ConnectionsComponents): Connections {
  const { timeline, links, nodes, spawn, log } = components
  const connections = new Map<string, Connection>()
  /** When a pair may try again, and how long it waits after the next failure. */
  const dials = new Map<string, { at: number; waitMs: number }>()

  function of(a: Node, b: Node): Connection | undefined {
    const held = connections.get(pairOf(a, b))
    const stands = [a, b].every((node) => held?.processes.get(node.name) === node.running)
    return stands ? held : undefined
  }

  /** Nothing goes one way at least: no handshake comes to an end. */
  function isCut(a: Node, b: Node): boolean {
    return links.isCut(a.name, b.name) || links.isCut(b.name, a.name)
  }

  function disconnect(a: Node, b: Node): void {
    const name = pairOf(a, b)
    for (const stream of connections.get(name)?.streams ?? []) stream.break()
    connections.delete(name)
  }

  async function connect(a: Node, b: Node): Promise<void> {
    const late = Promise.withResolvers<never>()
    const error = new NetworkError('STREAM_TIMEOUT', 'the handshake takes too long')
    const cancel = timeline.after(HANDSHAKE_MS, () => late.reject(error))
    await Promise.race([handshake(a, b), late.promise]).finally(cancel)
  }

  /** Proves both memberships, as the channel does before any protocol runs. */
  async function handshake(a: Node, b: Node): Promise<void> {
    const [left, right] = [a.running, b.running]
    if (left === undefined || right === undefined) return
    const [toRight, toLeft] = await Promise.all([left.membership.hello(), right.membership.hello()])
    const atRight = await right.membership.judge(wire(toRight), a.member.signer.publicKey)
    const atLeft = await left.membership.judge(wire(toLeft), b.member.signer.publicKey)
    if (!atRight.admitted) log(`${b.name} does not let ${a.name} in: ${atRight.code}`)
    if (!atLeft.admitted) log(`${a.name} does not let ${b.name} in: ${atLeft.code}`)
    if (!atRight.admitted || !atLeft.admitted || isCut(a, b)) return
    dials.delete(pairOf(a, b))
    connections.set(pairOf(a, b), {
      peers: new Map([
        [a.name, atRight.peer],
        [b.name, atLeft.peer],
      ]),
      processes: new Map([
        [a.name, left],
        [b.name, right],
      ]),
      streams: new Set(),
    })
  }

  function dialPair(a: Node, b: Node): void {
    if (of(a, b) !== undefined || isCut(a, b) || a.running === undefined || b.running === undefined) return
    const name = pairOf(a, b)
    const { at, waitMs } = dials.get(name) ?? { at: 0, waitMs: FIRST_WAIT_MS }
    if (at > timeline.now) return
    dials.set(name, { at: timeline.now + waitMs, waitMs: Math.min(2 * waitMs, MAX_WAIT_MS) })
    spawn('dial', a, connect(a, b))
  }

  return {
    of,
    dial: (among) => forPairs(among, dialPair),
    dialAnew: () => dials.clear(),
    follow(at) {
      for (const peer of nodes())
        if (peer !== at && at.running?.trust.standing(peer.member.keyId) !== 'good') disconnect(at, peer)
    },
    gone(node) {
      for (const peer of nodes()) {
        if (peer === node) continue
        disconnect(node, peer)
        dials.delete(pairOf(node, peer))
      }
    },
    cut() {
      forPairs(nodes(), (a, b) => {
        if (links.isCut(a.name, b.name) && links.isCut(b.name, a.name)) disconnect(a, b)
      })
    },
    get streams() {
      return [...connections.values()].reduce((sum, { streams }) => sum + streams.size, 0)
    },
  }
}

function pairOf(a: Node, b: Node): string {
  return [a.name, b.name].toSorted().join(' ')
}

function forPairs(nodes: readonly Node[], act: (a: Node, b: Node) => void): void {
  for (const [i, a] of nodes.entries()) for (const b of nodes.slice(i + 1)) act(a, b)
}

/** As it goes over the wire and comes out of it. */
function wire(hello: Parameters<typeof encodeHello>[0]): Uint8Array {
  const bytes = encodeHello(hello)
  decodeHello(bytes)
  return bytes
}
