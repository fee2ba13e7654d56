import { hash } from 'node:crypto'
import type { GossipSub } from '@libp2p/gossipsub'
import { openGossipsub } from './gossipsub-inside.ts'

/**
 * Has gossipsub forward a message to none of the peers that sent it themselves while it was judged: by itself it leaves out only
 * who sent it first.
 *
 * @throws NetworkError GOSSIPSUB_UNEXPECTED
 * @see docs/spec/gossip.md, "Messages"
 */
export function spareSenders(pubsub: GossipSub): void {
  const inside = openGossipsub(pubsub)
  const handleReceivedMessage = inside.handleReceivedMessage.bind(inside)
  const forwardMessage = inside.forwardMessage.bind(inside)
  /** Who sent what is judged now, by its bytes. A peer brings one message at a time. */
  const senders = new Map<string, Set<string>>()

  inside.handleReceivedMessage = async (from, message) => {
    const id = wireIdOf(message)
    const known = senders.get(id)
    if (known !== undefined) {
      known.add(from.toString())
      return handleReceivedMessage(from, message)
    }
    senders.set(id, new Set())
    try {
      await handleReceivedMessage(from, message)
    } finally {
      senders.delete(id)
    }
  }

  inside.forwardMessage = (id, message, from, others) =>
    forwardMessage(id, message, from, senders.get(wireIdOf(message)) ?? others)
}

/** Tells messages apart by their bytes on the wire, so that copies that came before are not inflated again. */
export function wireIdOf(message: { readonly topic: string; readonly data?: Uint8Array }): string {
  const known = wireIds.get(message)
  if (known !== undefined) return known
  const { topic, data = NOTHING } = message
  const id = `${topic}\0${hash('sha256', data, 'base64')}`
  wireIds.set(message, id)
  return id
}

const NOTHING = new Uint8Array(0)
/** Of messages that are in hand, so that each is hashed once. */
const wireIds = new WeakMap<object, string>()
