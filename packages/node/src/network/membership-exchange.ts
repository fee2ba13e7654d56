import type { MessageStream } from '@libp2p/interface'
import { decodeAnswer, encodeAnswer, encodeHello, MAX_MEMBERSHIP_BYTES } from '@intelmesh/protocol'
import { createByteReader } from './byte-reader.ts'
import { NetworkError } from './errors.ts'
import type { Membership, MembershipVerdict, PeerIdentity } from './interface.ts'
import { readBody, readLength, writePrefixed } from './length-prefix.ts'

/** One side of the exchange, over a stream that Noise secured. */
export interface Exchange {
  readonly stream: MessageStream
  /** The peer's Ed25519 public key that Noise proved. */
  readonly key: Uint8Array
  readonly direction: 'inbound' | 'outbound'
  readonly signal: AbortSignal
}

export type ExchangeComponents = Pick<Membership, 'hello' | 'judge'>

/** One of the two sides does not want the other. `code` is for this side's own eyes. */
export class Refusal extends NetworkError {}

/** What a listener tells whoever is not known to be a member: nothing. */
const NOT_ADMITTED = 'NOT_ADMITTED'
/** A listener could otherwise put any text into this node's logs. */
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/

/**
 * Exchanges memberships, the dialler first, and leaves the stream with nothing read beyond them.
 *
 * @throws Refusal with the code by which either side refused; NetworkError, EncodingError when the exchange breaks off
 * @see docs/spec/channel.md, "Exchange"
 */
export async function exchangeMembership(
  components: ExchangeComponents,
  exchange: Exchange,
): Promise<PeerIdentity> {
  const { stream, signal } = exchange
  const reader = createByteReader(stream, MAX_MEMBERSHIP_BYTES)
  const side: Side = {
    key: exchange.key,
    write: (bytes) => writePrefixed(stream, bytes, signal),
    async read() {
      const length = await readLength(reader, MAX_MEMBERSHIP_BYTES, signal)
      if (length === undefined)
        throw new NetworkError('STREAM_CLOSED', 'the peer closed before it had answered')
      return readBody(reader, length, signal)
    },
  }
  try {
    return await (exchange.direction === 'inbound' ? listen(components, side) : dial(components, side))
  } finally {
    reader.release()
  }
}

interface Side {
  readonly key: Uint8Array
  read(): Promise<Uint8Array>
  write(bytes: Uint8Array): Promise<void>
}

async function dial({ hello, judge }: ExchangeComponents, side: Side): Promise<PeerIdentity> {
  await side.write(encodeHello(await hello()))
  const { refused } = decodeAnswer(await side.read())
  if (refused !== undefined) {
    throw new Refusal(CODE.test(refused) ? refused : NOT_ADMITTED, 'the listener does not admit this node')
  }
  return admitted(await judge(await side.read(), side.key))
}

async function listen({ hello, judge }: ExchangeComponents, side: Side): Promise<PeerIdentity> {
  const verdict = await judge(await side.read(), side.key)
  if (!verdict.admitted)
    await side.write(encodeAnswer({ refused: verdict.isKnownMember ? verdict.code : NOT_ADMITTED }))
  const peer = admitted(verdict)
  await side.write(encodeAnswer({}))
  await side.write(encodeHello(await hello()))
  return peer
}

function admitted(verdict: MembershipVerdict): PeerIdentity {
  if (verdict.admitted) return verdict.peer
  throw new Refusal(verdict.code, 'this node does not admit the peer')
}
