import { setTimeout as delay } from 'node:timers/promises'
import type { GossipSub } from '@libp2p/gossipsub'
import { openGossipsub, type InboundRawStream } from './gossipsub-inside.ts'

export interface FlowOptions {
  /** Bytes that may wait for one peer. */
  readonly maxBacklog: number
  /** ms that a peer, by libp2p peer id, has to wait before more of it is read. */
  readonly holdFor: (peer: string) => number
}

/**
 * Closes three gaps in how gossipsub moves messages. It reads ahead of its handlers without bound, so a peer is paused
 * while one of its RPCs with messages is worked on, and for as long after it as it has earned. It breaks its stream to a peer that is slow to read, all that waits
 * included, so what would exceed `maxBacklog` bytes is not sent. And it forwards an author's field that messages
 * without signature must not have, with whatever somebody put there.
 *
 * @throws NetworkError GOSSIPSUB_UNEXPECTED
 * @see docs/spec/gossip.md, "Messages"
 */
export function guardFlow(pubsub: GossipSub, { maxBacklog, holdFor }: FlowOptions): void {
  const inside = openGossipsub(pubsub)
  const handleReceivedRpc = inside.handleReceivedRpc.bind(inside)
  const sendRpc = inside.sendRpc.bind(inside)
  const handleReceivedMessage = inside.handleReceivedMessage.bind(inside)

  inside.handleReceivedRpc = async (from, rpc) => {
    const stream = rpc.messages.length > 0 ? inside.streamsInbound.get(from.toString())?.rawStream : undefined
    pause(stream)
    try {
      await handleReceivedRpc(from, rpc)
      const ms = stream === undefined ? 0 : holdFor(from.toString())
      if (ms > 0) await delay(ms, undefined, { ref: false })
    } finally {
      resume(stream)
    }
  }

  inside.sendRpc = (id, rpc) => {
    const waiting = inside.streamsOutbound.get(id)?.rawStream.writeBufferLength ?? 0
    return (rpc.messages.length === 0 || waiting < maxBacklog) && sendRpc(id, rpc)
  }

  inside.handleReceivedMessage = async (from, message) => {
    // [REJECT] The message has no field but topic and data.
    if (message.from === undefined) await handleReceivedMessage(from, message)
    else inside.score.rejectInvalidMessage(from.toString(), message.topic)
  }
}

/** A stream whose reading end is closed takes neither pause nor resume. */
function pause(stream: InboundRawStream | undefined): void {
  if (stream?.readStatus === 'readable') stream.pause()
}

function resume(stream: InboundRawStream | undefined): void {
  if (stream?.readStatus === 'paused') stream.resume()
}
