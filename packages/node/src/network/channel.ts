import type {
  ConnectionEncrypter,
  MessageStream,
  PeerId,
  SecureConnectionOptions,
  SecuredConnection,
} from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { PROTOCOLS } from '@intelmesh/protocol'
import { NetworkError } from './errors.ts'
import { gatherWrites } from './gather-writes.ts'
import type { NetworkHandlers, PeerIdentity } from './interface.ts'
import { exchangeMembership, type ExchangeComponents, Refusal } from './membership-exchange.ts'
import { noiseCipher } from './noise-cipher.ts'
import { readLengthsQuietly } from './noise-lengths.ts'
import type { NetworkSettings } from './settings.ts'

type Direction = 'inbound' | 'outbound'
type NoiseComponents = Parameters<ReturnType<typeof noise>>[0]

export interface ChannelComponents extends ExchangeComponents {
  /** Called before a handshake. What it returns is called once the peer is admitted, before a muxer or stream exists. */
  begin(connection: MessageStream): (peer: PeerIdentity) => void
  onRefused: NetworkHandlers['onRefused']
  /** Node key id of an Ed25519 public key, hexadecimal. */
  nodeOf(publicKey: Uint8Array): string
}

/** What a dial learns of its handshake, over libp2p's progress events: errors reach it as text alone. */
export type HandshakeProgress = CustomEvent<{ readonly node: string } | { readonly refused: string }>
export const HANDSHAKE_PROGRESS = 'intelmesh:handshake'

/**
 * The connection encrypter: Noise, then proof of membership over what Noise secured, and only then a connection on
 * which streams can be opened.
 *
 * @see docs/spec/channel.md
 */
export function membershipChannel(
  components: ChannelComponents,
  settings: Pick<NetworkSettings, 'handshakeMs'>,
): (libp2p: NoiseComponents) => ConnectionEncrypter {
  return (libp2p) => {
    const inner = noise({ crypto: noiseCipher })(libp2p)
    const secure = async (
      direction: Direction,
      connection: MessageStream,
      options: SecureConnectionOptions = {},
    ): Promise<SecuredConnection> => {
      gatherWrites(connection)
      const signal = within(settings.handshakeMs, options.signal)
      // A muxer negotiated inside Noise would exist before membership is proven.
      const noiseOptions = { ...options, signal, skipStreamMuxerNegotiation: true }
      const secured = await (direction === 'inbound'
        ? inner.secureInbound(connection, noiseOptions)
        : inner.secureOutbound(connection, noiseOptions))
      readLengthsQuietly(secured.connection)
      const vouch = components.begin(connection)
      vouch(await prove(components, { direction, connection, secured, signal, options }))
      return { connection: secured.connection, remotePeer: secured.remotePeer }
    }
    return {
      protocol: PROTOCOLS.channel,
      secureInbound: (connection, options) => secure('inbound', connection, options),
      secureOutbound: (connection, options) => secure('outbound', connection, options),
    }
  }
}

interface Handshake {
  readonly direction: Direction
  readonly connection: MessageStream
  readonly secured: SecuredConnection
  readonly signal: AbortSignal
  readonly options: SecureConnectionOptions
}

async function prove(components: ChannelComponents, handshake: Handshake): Promise<PeerIdentity> {
  const { direction, secured, signal, options } = handshake
  try {
    const key = ed25519KeyOf(secured.remotePeer)
    const peer = await exchangeMembership(components, { stream: secured.connection, key, direction, signal })
    progress(options, { node: peer.node })
    return peer
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'HANDSHAKE_FAILED'
    components.onRefused({
      direction,
      code,
      address: addressOf(handshake),
      ...nodeOf(components, secured.remotePeer),
    })
    progress(options, { refused: code })
    // Closed and not aborted: a reset could overtake the answer that says why.
    await secured.connection.close({ signal }).catch((fault: Error) => secured.connection.abort(fault))
    throw error
  }
}

/** The 32-byte key that Noise proved. */
function ed25519KeyOf(peer: PeerId): Uint8Array {
  if (peer.type !== 'Ed25519')
    throw new NetworkError('HANDSHAKE_FAILED', `expected an Ed25519 peer, got ${peer.type}`)
  return peer.publicKey.raw
}

function nodeOf(components: ChannelComponents, peer: PeerId): { node?: string } {
  return peer.type === 'Ed25519' ? { node: components.nodeOf(peer.publicKey.raw) } : {}
}

/** The upgrader passes the raw connection, which knows its address; the interface shows a stream alone. */
function addressOf({ connection }: Handshake): string {
  return 'remoteAddr' in connection ? String(connection.remoteAddr) : ''
}

function progress(options: SecureConnectionOptions, detail: HandshakeProgress['detail']): void {
  const { onProgress } = options as { onProgress?: (event: HandshakeProgress) => void }
  onProgress?.(new CustomEvent(HANDSHAKE_PROGRESS, { detail }))
}

function within(ms: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(ms)
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout])
}
