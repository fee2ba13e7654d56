import type { GossipSub } from '@libp2p/gossipsub'
import { openGossipsub } from './gossipsub-inside.ts'

/**
 * Has gossipsub open its streams to peers side by side, one to each. It opens them one after the other: a member that connects and
 * never answers would keep it from all others, ten seconds each time.
 *
 * @throws NetworkError GOSSIPSUB_UNEXPECTED
 * @see docs/spec/gossip.md, "Messages"
 */
export function openStreamsAtOnce(pubsub: GossipSub): void {
  const inside = openGossipsub(pubsub)
  const createOutboundStream = inside.createOutboundStream.bind(inside)
  const opening = new Set<string>()

  inside.createOutboundStream = async (peer, connection) => {
    const id = peer.toString()
    if (opening.has(id)) return
    opening.add(id)
    // It notes what fails, and the next heartbeat tries again.
    void createOutboundStream(peer, connection).finally(() => opening.delete(id))
  }
}
