import type { GossipSub } from '@libp2p/gossipsub'
import { type GossipsubInside, openGossipsub } from './gossipsub-inside.ts'
import { wireIdOf } from './spare-senders.ts'

/**
 * Lets this node hear a message again that it ignored for its sender's sake, or for want of room. To gossipsub it has been seen, and
 * whoever is over its quota could keep honest messages from this node by sending them first.
 *
 * @returns to be called with the libp2p id of a peer whose message, the one that is in hand, is to count as not seen
 * @throws NetworkError GOSSIPSUB_UNEXPECTED
 * @see docs/spec/gossip.md, "Verdicts"
 */
export function hearAgain(pubsub: GossipSub): (peer: string) => void {
  const inside = openGossipsub(pubsub)
  const handleReceivedMessage = inside.handleReceivedMessage.bind(inside)
  /** Of a peer, one message is in hand at a time. */
  const unheard = new Set<string>()

  inside.handleReceivedMessage = async (from, message) => {
    await handleReceivedMessage(from, message)
    if (unheard.delete(from.toString())) forget(inside, wireIdOf(message))
  }
  return (peer) => void unheard.add(peer)
}

function forget({ fastMsgIdCache, seenCache }: GossipsubInside, wireId: string): void {
  const id = fastMsgIdCache.get(wireId)
  fastMsgIdCache.entries.delete(wireId)
  if (id !== undefined) seenCache.entries.delete(id)
}
