import type { GossipSub } from '@libp2p/gossipsub'
import type { GossipsubInside } from './gossipsub-inside.ts'
import type { Peers } from './peers.ts'
import type { NetworkSettings } from './settings.ts'

export interface HeartbeatComponents {
  readonly pubsub: GossipSub
  readonly inside: GossipsubInside
  readonly peers: Pick<Peers, 'list' | 'cut'>
}

/**
 * At every heartbeat of gossipsub: mends gossip streams.
 * Gossipsub opens its stream to a peer once for each connection and never again, so a peer whose stream broke, or went
 * with a connection that lost to another, would stay connected and hear nothing. Of a stream to this node that went so, the peer
 * knows nothing and opens no other: only a new connection mends that.
 */
export function watchHeartbeats(
  { pubsub, inside, peers }: HeartbeatComponents,
  { maxSilentHeartbeats }: Pick<NetworkSettings, 'maxSilentHeartbeats'>,
): void {
  const silent = new Map<string, number>()

  function check(): void {
    const connected = peers.list()
    const nodes = new Set(connected.map(({ identity }) => identity.node))
    for (const node of silent.keys()) if (!nodes.has(node)) silent.delete(node)
    for (const { identity, connection } of connected) {
      const id = connection.remotePeer.toString()
      const isTold = inside.streamsOutbound.has(id)
      if (isTold && inside.streamsInbound.has(id)) {
        silent.delete(identity.node)
        continue
      }
      const beats = (silent.get(identity.node) ?? 0) + 1
      silent.set(identity.node, beats)
      if (beats > maxSilentHeartbeats) peers.cut(identity.node, 'STREAM_CLOSED')
      else if (!isTold && beats > 1) inside.onPeerConnected(connection.remotePeer, connection)
    }
  }

  pubsub.addEventListener('gossipsub:heartbeat', check)
}
