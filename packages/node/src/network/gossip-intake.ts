import type { GossipSub } from '@libp2p/gossipsub'
import type { PeerScore } from '@libp2p/gossipsub/score'
import { openGossipsub, type InboundRawStream } from './gossipsub-inside.ts'

/**
 * Closes two gaps in how gossipsub takes messages in. It reads ahead of its handlers without bound, so a peer is paused
 * while one of its RPCs with messages is worked on. And it forwards an author's field that messages without signature
 * must not have, with whatever somebody put there.
 *
 * @throws NetworkError GOSSIPSUB_UNEXPECTED
 * @see docs/spec/gossip.md, "Messages"
 */
export function guardIntake(pubsub: GossipSub, score: PeerScore): void {
  const inside = openGossipsub(pubsub)
  const handleReceivedRpc = inside.handleReceivedRpc.bind(inside)
  const handleReceivedMessage = inside.handleReceivedMessage.bind(inside)

  inside.handleReceivedRpc = async (from, rpc) => {
    const stream = rpc.messages.length > 0 ? inside.streamsInbound.get(from.toString())?.rawStream : undefined
    pause(stream)
    try {
      await handleReceivedRpc(from, rpc)
    } finally {
      resume(stream)
    }
  }

  inside.handleReceivedMessage = async (from, message) => {
    // [REJECT] The message has no field but topic and data.
    if (message.from === undefined) await handleReceivedMessage(from, message)
    else score.rejectInvalidMessage(from.toString(), message.topic)
  }
}

/** A stream whose reading end is closed takes neither pause nor resume. */
function pause(stream: InboundRawStream | undefined): void {
  if (stream?.readStatus === 'readable') stream.pause()
}

function resume(stream: InboundRawStream | undefined): void {
  if (stream?.readStatus === 'paused') stream.resume()
}
