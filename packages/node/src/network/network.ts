import type { Compartment } from '@intelmesh/protocol'
import { topicOf } from '@intelmesh/protocol'
import { dialPeer } from './dial.ts'
import { NetworkError } from './errors.ts'
import { maxMessageBytes } from './gossip.ts'
import type { GossipsubInside } from './gossipsub-inside.ts'
import type { ConnectedPeer, Network } from './interface.ts'
import type { MeshNode } from './libp2p-node.ts'
import type { LivePeer, Peers } from './peers.ts'
import type { RelayPlaces } from './relay-places.ts'
import type { Standing } from './standing.ts'
import type { SyncSessions } from './sync-sessions.ts'
import type { TopicAccess } from './topic-access.ts'

export interface NetworkParts {
  readonly cluster: string
  readonly libp2p: MeshNode
  readonly inside: GossipsubInside
  readonly peers: Peers
  readonly standing: Standing
  readonly access: TopicAccess
  readonly sessions: SyncSessions
  readonly places: RelayPlaces
  /** Stops all of the above. */
  readonly running: AsyncDisposableStack
}

/** The mesh as a node sees it, over the parts that make it up. */
export function createNetwork(parts: NetworkParts): Network {
  const { cluster, libp2p, inside, peers, standing, access, sessions, places, running } = parts

  function assertOpen(): void {
    if (running.disposed) throw new NetworkError('NETWORK_CLOSED', 'this node has left the mesh')
  }

  const topicsOf = (id: string): string[] =>
    [...inside.topics].filter(([, ids]) => ids.has(id)).map(([topic]) => topic)

  function describe({ identity, connection, connectedAt }: LivePeer): ConnectedPeer {
    const id = connection.remotePeer.toString()
    return {
      ...identity,
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      connectedAt,
      score: standing.scoreOf(identity.node),
      topics: inside.streamsOutbound.has(id) ? topicsOf(id) : [],
    }
  }

  return {
    get addresses() {
      return [...libp2p.getMultiaddrs().map(String), ...places.addresses]
    },
    get relays() {
      return places.relays
    },
    peers: () => peers.list().map(describe),
    async dial(address, signal) {
      assertOpen()
      return dialPeer({ libp2p, peers }, address, signal)
    },
    async takePlace(relay, addresses, signal) {
      assertOpen()
      await places.take(relay, addresses, signal)
    },
    subscribe(compartment) {
      assertOpen()
      libp2p.services.pubsub.subscribe(topicOf(compartment, cluster))
    },
    async publish(compartment, bytes, { urgent }) {
      assertOpen()
      assertSize(compartment, bytes)
      await inside.publish(topicOf(compartment, cluster), bytes, { floodPublish: urgent })
    },
    async openSync(node, signal) {
      assertOpen()
      return sessions.open(node, signal)
    },
    async disconnect(node, code) {
      peers.cut(node, code)
    },
    refreshAccess: () => access.refresh(),
    penalise: (node) => standing.penalise(node),
    extend: (node, certificate, notAfter) => peers.extend(node, certificate, notAfter),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function assertSize(compartment: Compartment, bytes: Uint8Array): void {
  const most = maxMessageBytes(compartment)
  if (bytes.length > most)
    throw new RangeError(`expected at most ${most} bytes for ${compartment}, got ${bytes.length}`)
}
