import { hash } from 'node:crypto'
import { type Compartment, decodeControl, isDataCompartment } from '@intelmesh/protocol'
import type { GossipVerdict, PeerIdentity } from '../../packages/node/src/network/index.ts'
import type { Chance } from './chance.ts'
import type { Connection, Connections, ConnectionsComponents } from './connections.ts'
import type { Node, Running } from './node.ts'

/** A small model of gossip: a message goes on from whoever accepts it to some of those who may have it, and is known for a while. */
export interface Gossip {
  publish(from: Node, compartment: Compartment, bytes: Uint8Array): void
}

export interface GossipComponents extends ConnectionsComponents {
  readonly chance: Chance
  readonly connections: Connections
  /** A peer was found to have sent what is provably bad. */
  readonly accuse: (at: Node, peer: string, code: string) => void
  /** A peer was found to know what a node lacks. */
  readonly nudge: (at: Node, peer: Node) => void
}

interface Message {
  readonly compartment: Compartment
  readonly bytes: Uint8Array
}

/** How long a message is known, in ms. */
const SEEN_MS = 120_000
/** How many a message is sent on to. */
const FANOUT = 3
/** Codes after which the peer that sent something knows control objects that a node lacks. */
const LACKING: ReadonlySet<string> = new Set([
  'CERT_UNKNOWN',
  'STATUS_LIST_MISMATCH',
  'CERT_NOT_LOGGED',
  'CHAIN_CLOSED',
])

export function createGossip(components: GossipComponents): Gossip {
  const { timeline, chance, links, nodes, connections, spawn, accuse, nudge } = components
  const seen = new WeakMap<Running, Map<string, number>>()

  function forward(at: Node, message: Message, except?: Node): void {
    const peers = nodes().filter(
      (node) =>
        node !== at &&
        node !== except &&
        connections.of(at, node) !== undefined &&
        at.running?.maySee(node.member.keyId, message.compartment) === true,
    )
    for (const peer of chance.shuffled(peers).slice(0, FANOUT)) send(at, peer, message)
  }

  function send(from: Node, to: Node, message: Message): void {
    if (chance.isTrue(links.loss) || links.isCut(from.name, to.name)) return
    const arrive = (): void => {
      const connection = connections.of(from, to)
      if (connection !== undefined) spawn('gossip', to, deliver(from, to, connection, message))
    }
    timeline.after(chance.between(...links.delay), arrive, to.running?.owner)
  }

  /** Whether a message is new to a process; it is not from then on. */
  function isNew(process: Running, { compartment, bytes }: Message): boolean {
    const known = seen.get(process) ?? new Map<string, number>()
    seen.set(process, known)
    const id = `${compartment} ${hash('sha256', bytes)}`
    const at = known.get(id)
    known.set(id, timeline.now)
    return at === undefined || at + SEEN_MS < timeline.now
  }

  async function deliver(from: Node, to: Node, connection: Connection, message: Message): Promise<void> {
    const process = to.running
    if (process === undefined || !isNew(process, message)) return
    // Data topics are joined once control has been agreed on.
    if (isDataCompartment(message.compartment) && !process.isReady) return
    const verdict = await judge(process, message, connection.peers.get(from.name) as PeerIdentity)
    if (verdict.action === 'reject') accuse(to, from.name, verdict.code)
    if (verdict.action === 'accept') forward(to, message, from)
    if (LACKING.has(verdict.code)) nudge(to, from)
  }

  return { publish: (from, compartment, bytes) => forward(from, { compartment, bytes }) }
}

async function judge(
  { admission, trust }: Running,
  { compartment, bytes }: Message,
  { node }: PeerIdentity,
): Promise<GossipVerdict> {
  if (isDataCompartment(compartment))
    return admission.admitBatch(bytes, { kind: 'peer', node }, { sync: false, audience: compartment })
  const [verdict] = await trust.admit([decodeControl(bytes)], node)
  return verdict ?? { action: 'ignore', code: 'INTERNAL' }
}
