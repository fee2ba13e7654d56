import {
  type Compartment,
  decodeControl,
  decodeHello,
  encodeHello,
  isDataCompartment,
  SYNC_SETS,
  type SyncSet,
} from '@intelmesh/protocol'
import { hash } from 'node:crypto'
import { type GossipVerdict, NetworkError, type PeerIdentity } from '../../packages/node/src/network/index.ts'
import { initiate } from '../../packages/node/src/syncing/initiate.ts'
import { respond } from '../../packages/node/src/syncing/respond.ts'
import { compartmentOfSet } from '../../packages/node/src/syncing/session.ts'
import { type Chance } from './chance.ts'
import { createStream, type Stream } from './channel.ts'
import type { Links } from './links.ts'
import type { Node, Running } from './node.ts'
import type { Timeline } from './timeline.ts'

/** The nodes of a run and what goes between them: handshakes, gossip, and sessions. */
export interface Mesh {
  /** Sends a message to those who may have it. */
  publish(from: Node, compartment: Compartment, bytes: Uint8Array): void
  /** Cuts off whom a node may no longer talk to. */
  follow(at: Node): void
  /** Streams that are open. */
  readonly streams: number
  /** Has those dial each other that are not connected and may be. */
  dial(among: readonly Node[]): void
  /** Makes those try again at once who waited after a failure. */
  dialAnew(): void
  /** Compares every set with another node, control first. Gives whether all were equal, or ends with why it could not be told. */
  visit(from: Node, to: Node): Promise<boolean>
  isConnected(a: Node, b: Node): boolean
  /** Forgets the connections of a node whose process has ended. */
  gone(node: Node): void
  /** Breaks what goes over a cut. */
  cut(): void
}

export interface MeshComponents {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly links: Links
  readonly nodes: () => readonly Node[]
  /** Follows work to its end, whatever that is. */
  readonly spawn: (what: string, at: Node, work: Promise<unknown>) => void
  readonly log: (text: string) => void
  /** A peer was found to have sent what is provably bad. */
  readonly accuse: (at: Node, peer: string, code: string) => void
}

interface Connection {
  /** Each other's identity as it was proven. */
  readonly peers: ReadonlyMap<string, PeerIdentity>
  readonly processes: ReadonlyMap<string, Running>
  readonly streams: Set<Stream>
}

const CONTROL: readonly SyncSet[] = ['control', 'register']
const DATA: readonly SyncSet[] = SYNC_SETS.filter((set) => !CONTROL.includes(set))
/** A set is compared again in one visit while it changes, so often at most. */
const MAX_REPEATS = 3
/** How long a message is known by gossip, in ms. */
const SEEN_MS = 120_000
const FANOUT = 3
/** Longer than that no handshake takes, in ms. */
const HANDSHAKE_MS = 10_000
/** How long two nodes wait before they try again to connect, in ms: twice as long each time. */
const FIRST_WAIT_MS = 10_000
const MAX_WAIT_MS = 600_000
/** Codes after which the peer that sent something knows control objects that a node lacks. */
const LACKING: ReadonlySet<string> = new Set([
  'CERT_UNKNOWN',
  'STATUS_LIST_MISMATCH',
  'CERT_NOT_LOGGED',
  'CHAIN_CLOSED',
])

export function createMesh({ timeline, chance, links, nodes, spawn, accuse, log }: MeshComponents): Mesh {
  const connections = new Map<string, Connection>()
  /** When a pair may try again, and how long it waits after the next failure. */
  const dials = new Map<string, { at: number; waitMs: number }>()
  const visits = new Set<string>()
  const seen = new WeakMap<Running, Map<string, number>>()

  function connectionOf(a: Node, b: Node): Connection | undefined {
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

  /** Proves both memberships, as the channel does before any protocol runs. */
  async function connect(a: Node, b: Node): Promise<void> {
    const [left, right] = [a.running, b.running]
    if (left === undefined || right === undefined) return
    const late = new Promise<never>((_, reject) =>
      timeline.after(HANDSHAKE_MS, () =>
        reject(new NetworkError('STREAM_TIMEOUT', 'the handshake takes too long')),
      ),
    )
    late.catch(() => undefined)
    await Promise.race([handshake(a, b, left, right), late])
  }

  async function handshake(a: Node, b: Node, left: Running, right: Running): Promise<void> {
    const [toRight, toLeft] = await Promise.all([left.membership.hello(), right.membership.hello()])
    const atRight = await right.membership.judge(wire(toRight), a.member.signer.publicKey)
    const atLeft = await left.membership.judge(wire(toLeft), b.member.signer.publicKey)
    for (const [at, verdict] of [
      [b, atRight],
      [a, atLeft],
    ] as const)
      if (!verdict.admitted) log(`${at.name} lets nobody in between ${a.name} and ${b.name}: ${verdict.code}`)
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

  function send(from: Node, to: Node, compartment: Compartment, bytes: Uint8Array): void {
    if (chance.isTrue(links.loss) || links.isCut(from.name, to.name)) return
    const [least, most] = links.delay
    timeline.after(
      chance.between(least, most),
      () => {
        const connection = connectionOf(from, to)
        if (connection !== undefined && to.running !== undefined)
          spawn('gossip', to, deliver(from, to, connection, { compartment, bytes }))
      },
      to.running?.owner,
    )
  }

  /** Sends to some who may have it; `except` is who has it already. */
  function forward(at: Node, compartment: Compartment, bytes: Uint8Array, except?: Node): void {
    const peers = nodes().filter(
      (node) => node !== at && node !== except && connectionOf(at, node) !== undefined,
    )
    const entitled = peers.filter((node) => at.running?.maySee(node.member.keyId, compartment) === true)
    for (const peer of chance.shuffled(entitled).slice(0, FANOUT)) send(at, peer, compartment, bytes)
  }

  /** Whether a message is new to a process; it is not from then on. */
  function isNew(process: Running, compartment: Compartment, bytes: Uint8Array): boolean {
    const known = seen.get(process) ?? new Map<string, number>()
    seen.set(process, known)
    const id = `${compartment} ${hash('sha256', bytes)}`
    const at = known.get(id)
    known.set(id, timeline.now)
    return at === undefined || at + SEEN_MS < timeline.now
  }

  async function deliver(
    from: Node,
    to: Node,
    connection: Connection,
    { compartment, bytes }: { readonly compartment: Compartment; readonly bytes: Uint8Array },
  ): Promise<void> {
    const process = to.running
    if (process === undefined || !isNew(process, compartment, bytes)) return
    if (isDataCompartment(compartment) && !process.isReady) return
    const peer = connection.peers.get(from.name) as PeerIdentity
    const verdict = await judge(process, compartment, bytes, peer)
    if (verdict.action === 'reject') accuse(to, from.name, verdict.code)
    if (verdict.action === 'accept') forward(to, compartment, bytes, from)
    if (LACKING.has(verdict.code)) spawn('nudge', to, visit(to, from))
  }

  async function judge(
    { admission, trust }: Running,
    compartment: Compartment,
    bytes: Uint8Array,
    { node }: PeerIdentity,
  ): Promise<GossipVerdict> {
    if (isDataCompartment(compartment))
      return admission.admitBatch(bytes, { kind: 'peer', node }, { sync: false, audience: compartment })
    const [verdict] = await trust.admit([decodeControl(bytes)], node)
    return verdict ?? { action: 'ignore', code: 'INTERNAL' }
  }

  async function session(from: Node, to: Node, set: SyncSet) {
    const connection = connectionOf(from, to)
    const [a, b] = [from.running, to.running]
    if (connection === undefined || a === undefined || b === undefined)
      throw new NetworkError('STREAM_CLOSED', 'not connected')
    const stream = createStream(
      timeline,
      (side) => {
        const names = [from.name, to.name] as const
        if (links.isCut(names[side], names[1 - side] as string)) return 'lost'
        return chance.isTrue(links.breaks) ? 'break' : chance.between(...links.delay)
      },
      [
        { owner: a.owner, peer: connection.peers.get(to.name) as PeerIdentity },
        { owner: b.owner, peer: connection.peers.get(from.name) as PeerIdentity },
      ],
    )
    connection.streams.add(stream)
    const [near, far] = stream.ends
    const served = respond(
      { ...reporting(to), isReady: () => b.isReady, refuse: () => undefined },
      far,
    ).finally(() => far[Symbol.asyncDispose]())
    spawn('session', to, served)
    try {
      return await initiate(reporting(from), near, set)
    } finally {
      await near[Symbol.asyncDispose]()
      connection.streams.delete(stream)
    }
  }

  function reporting(at: Node): Running['sync'] {
    const blame = (peer: string, code: string): void => accuse(at, peer, code)
    return { ...(at.running as Running).sync, penalise: blame, onBreach: blame }
  }

  async function compareAll(from: Node, to: Node, sets: readonly SyncSet[]): Promise<boolean> {
    let isEqual = true
    for (const set of sets) {
      if (from.running?.maySee(to.member.keyId, compartmentOfSet(set)) !== true) continue
      let outcome = await session(from, to, set)
      for (let i = 0; i < MAX_REPEATS && !outcome.wasEqual && outcome.received + outcome.sent > 0; i++)
        outcome = await session(from, to, set)
      isEqual &&= outcome.wasEqual
    }
    return isEqual
  }

  async function visit(from: Node, to: Node): Promise<boolean> {
    const name = `${from.name}>${to.name}`
    const process = from.running
    if (process === undefined || visits.has(name) || connectionOf(from, to) === undefined) return false
    visits.add(name)
    try {
      const isAgreed = await compareAll(from, to, CONTROL)
      process.isReady ||= isAgreed
      return process.isReady && (await compareAll(from, to, DATA)) && isAgreed
    } finally {
      visits.delete(name)
    }
  }

  return {
    get streams() {
      return [...connections.values()].reduce((sum, connection) => sum + connection.streams.size, 0)
    },
    publish: (from, compartment, bytes) => forward(from, compartment, bytes),
    follow(at) {
      for (const peer of nodes())
        if (peer !== at && at.running?.trust.standing(peer.member.keyId) !== 'good') disconnect(at, peer)
    },
    dial(among) {
      for (const [i, a] of among.entries())
        for (const b of among.slice(i + 1)) {
          if (connectionOf(a, b) !== undefined || isCut(a, b)) continue
          if (a.running === undefined || b.running === undefined) continue
          const name = pairOf(a, b)
          const { at, waitMs } = dials.get(name) ?? { at: 0, waitMs: FIRST_WAIT_MS }
          if (at > timeline.now) continue
          dials.set(name, { at: timeline.now + waitMs, waitMs: Math.min(2 * waitMs, MAX_WAIT_MS) })
          spawn('dial', a, connect(a, b))
        }
    },
    dialAnew: () => dials.clear(),
    visit,
    isConnected: (a, b) => connectionOf(a, b) !== undefined,
    gone(node) {
      for (const peer of nodes()) {
        if (peer === node) continue
        disconnect(node, peer)
        dials.delete(pairOf(node, peer))
        visits.delete(`${node.name}>${peer.name}`)
      }
    },
    cut() {
      for (const [i, a] of nodes().entries())
        for (const b of nodes().slice(i + 1))
          if (links.isCut(a.name, b.name) && links.isCut(b.name, a.name)) disconnect(a, b)
    },
  }
}

function pairOf(a: Node, b: Node): string {
  return [a.name, b.name].toSorted().join(' ')
}

/** As it goes over the wire and comes out of it. */
function wire(hello: Parameters<typeof encodeHello>[0]): Uint8Array {
  const bytes = encodeHello(hello)
  decodeHello(bytes)
  return bytes
}
