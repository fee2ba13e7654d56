import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { GossipSub, gossipsub } from '@libp2p/gossipsub'
import { identify, type Identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { type ChannelComponents, membershipChannel } from './channel.ts'
import { NetworkError } from './errors.ts'
import type { NetworkOptions } from './interface.ts'
import type { Peers } from './peers.ts'
import { quietYamux } from './quiet-yamux.ts'
import type { NetworkSettings } from './settings.ts'
import type { RelayTransport } from './relay-transport.ts'
import { createUnprovenLimits } from './unproven.ts'
import { webSocketTransport } from './web-socket-transport.ts'

export type MeshNode = Libp2p<{ pubsub: GossipSub; identify: Identify }>

export interface NodeComponents {
  readonly channel: ChannelComponents
  readonly peers: Pick<Peers, 'isVouched'>
  readonly gossip: ReturnType<typeof gossipsub>
  readonly relays: RelayTransport
}

/** Streams of all kinds that a peer may have open: gossip, identify and sync want a handful. */
const MAX_STREAMS = 32
/** Unread bytes of one stream; smaller than what libp2p would reset a paused stream for. */
const MAX_WINDOW_BYTES: number = 1024 * 1024
/** For a stream's protocol to be agreed on: a peer that does not answer holds others up meanwhile. */
const NEGOTIATION_MS = 3_000

/**
 * A libp2p host that speaks the membership channel and yamux and nothing else, over TCP, WebSockets and relays, not
 * started yet.
 *
 * @throws NetworkError LISTEN_FAILED for addresses that are no multiaddrs
 */
export async function createNode(
  { channel, peers, gossip, relays }: NodeComponents,
  options: Pick<NetworkOptions, 'secretKey' | 'listen' | 'announce'>,
  settings: NetworkSettings,
): Promise<MeshNode> {
  const unproven = createUnprovenLimits(settings)
  try {
    return await createLibp2p({
      start: false,
      privateKey: await generateKeyPairFromSeed('Ed25519', options.secretKey),
      addresses: { listen: [...options.listen], announce: [...options.announce] },
      // Says neither the versions of libraries nor the operating system.
      nodeInfo: { name: 'intelmesh', version: '1', userAgent: 'intelmesh/1' },
      transports: [tcp(), webSocketTransport(unproven, settings), relays.transport],
      connectionEncrypters: [
        membershipChannel(
          {
            ...channel,
            begin(connection) {
              const vouch = channel.begin(connection)
              return (peer) => {
                unproven.free(connection)
                vouch(peer)
              }
            },
          },
          settings,
        ),
      ],
      streamMuxers: [
        quietYamux({
          maxInboundStreams: MAX_STREAMS,
          maxOutboundStreams: MAX_STREAMS,
          streamOptions: { maxStreamWindowSize: MAX_WINDOW_BYTES },
          silentMs: settings.silentMs,
        }),
      ],
      connectionGater: {
        denyInboundConnection: (connection) => !unproven.take(connection),
        // No encrypter but ours is configured. Should another ever be, it opens nothing.
        denyInboundEncryptedConnection: (_peer, { timeline }) => !peers.isVouched(timeline),
        denyOutboundEncryptedConnection: (_peer, { timeline }) => !peers.isVouched(timeline),
      },
      connectionManager: {
        maxConnections: settings.maxConnections,
        inboundConnectionThreshold: settings.maxConnectionRate,
        maxIncomingPendingConnections: settings.maxUnproven,
        inboundUpgradeTimeout: settings.handshakeMs,
        outboundStreamProtocolNegotiationTimeout: NEGOTIATION_MS,
        inboundStreamProtocolNegotiationTimeout: NEGOTIATION_MS,
        dialTimeout: settings.dialMs,
        addressDialTimeout: settings.dialMs,
        // Names that stand for further names would make this node dial what nobody gave it.
        resolvers: {},
      },
      // Yamux asks for signs of life; pings would be one more protocol.
      connectionMonitor: { enabled: false },
      services: { identify: identify({ maxObservedAddresses: 0 }), pubsub: gossip },
    })
  } catch (cause) {
    throw new NetworkError('LISTEN_FAILED', 'expected multiaddrs and a secret key of 32 bytes', { cause })
  }
}
