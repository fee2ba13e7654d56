import type { MessageStream } from '@libp2p/interface'
import { decodeAnswer, encodeAnswer, type MembershipAnswer, utf8Bytes } from '@intelmesh/protocol'
import { createByteReader } from './byte-reader.ts'
import { NetworkError } from './errors.ts'
import { readBody, readLength, writePrefixed } from './length-prefix.ts'

/** Served by relays: takes a place, or asks to be connected with who has one. */
export const RELAY_PROTOCOL = '/intelmesh/relay/1'
/** Served by who has a place: a relay announces on it who is at the other end. */
export const RELAYED_PROTOCOL = '/intelmesh/relayed/1'

const MAX_BYTES = 128
/** The text of an Ed25519 peer id. */
const PEER_ID = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/

/** Says who is to be reached, or who is calling; nobody, where a place is wanted. */
export async function writePeer(
  stream: MessageStream,
  peerId: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  await writePrefixed(stream, utf8Bytes(peerId ?? ''), signal)
}

/** @throws NetworkError FRAME_MALFORMED, FRAME_TOO_LARGE, STREAM_CLOSED; the reason of `signal` */
export async function readPeer(stream: MessageStream, signal: AbortSignal): Promise<string | undefined> {
  const text = new TextDecoder().decode(await readOne(stream, signal))
  if (text === '') return undefined
  if (PEER_ID.test(text)) return text
  throw new NetworkError('FRAME_MALFORMED', 'expected the id of an Ed25519 peer, or nothing')
}

export async function writeAnswer(
  stream: MessageStream,
  answer: MembershipAnswer,
  signal: AbortSignal,
): Promise<void> {
  await writePrefixed(stream, encodeAnswer(answer), signal)
}

/** @throws NetworkError RELAY_REFUSED, FRAME_TOO_LARGE, STREAM_CLOSED; EncodingError; the reason of `signal` */
export async function readAnswer(stream: MessageStream, signal: AbortSignal): Promise<void> {
  const { refused } = decodeAnswer(await readOne(stream, signal))
  if (refused !== undefined)
    throw new NetworkError('RELAY_REFUSED', `the relay answers ${JSON.stringify(refused)}`)
}

/** One frame; what follows it stays in the stream. */
async function readOne(stream: MessageStream, signal: AbortSignal): Promise<Uint8Array> {
  const reader = createByteReader(stream, MAX_BYTES)
  try {
    const length = await readLength(reader, MAX_BYTES, signal)
    if (length === undefined) throw new NetworkError('STREAM_CLOSED', 'expected a frame, the stream ended')
    return await readBody(reader, length, signal)
  } finally {
    reader.release()
  }
}
