import { keyIdOf, publicKeyOf, toHex } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import { NetworkError } from './errors.ts'
import { createGossip, topicsOf, validateWith } from './gossip.ts'
import { guardFlow } from './gossip-flow.ts'
import { openGossipsub } from './gossipsub-inside.ts'
import { hearAgain } from './hear-again.ts'
import { watchHeartbeats } from './heartbeat.ts'
import type {
  Membership,
  MembershipVerdict,
  Network,
  NetworkHandlers,
  NetworkOptions,
  PeerIdentity,
} from './interface.ts'
import { createNode, type MeshNode } from './libp2p-node.ts'
import { createNetwork } from './network.ts'
import { createPenalties } from './penalties.ts'
import { createPeers } from './peers.ts'
import { keepScores } from './score.ts'
import { DEFAULT_NETWORK, type NetworkSettings } from './settings.ts'
import { startRelayPlaces } from './relay-places.ts'
import { startRelay } from './relay-server.ts'
import { createRelayTransport } from './relay-transport.ts'
import { createStanding, type Standing } from './standing.ts'
import { startSyncSessions } from './sync-sessions.ts'
import { openStreamsAtOnce } from './streams-at-once.ts'
import { createThrottle } from './throttle.ts'
import { spareSenders } from './spare-senders.ts'
import { guardTopics } from './topic-access.ts'

export interface NetworkComponents {
  readonly membership: Membership
  readonly handlers: NetworkHandlers
}

/** What a message costs whatever it holds, in bytes that could be looked at instead. */
const MESSAGE_BYTES: number = 16 * 1024

/**
 * Joins the mesh: listens, and gossips and reconciles with whoever proves membership. Dials nobody by itself. Disposing
 * it closes every connection.
 *
 * @throws NetworkError LISTEN_FAILED, GOSSIPSUB_UNEXPECTED
 * @see docs/spec/channel.md, docs/spec/gossip.md, docs/spec/wire.md
 */
export async function startNetwork(
  { membership, handlers }: NetworkComponents,
  options: NetworkOptions,
  settings: NetworkSettings = DEFAULT_NETWORK,
): Promise<Network> {
  await using starting = new AsyncDisposableStack()
  const topics = topicsOf(options.cluster)
  const penalties = createPenalties(Date.now)
  const ownNode = nodeOf(publicKeyOf(options.secretKey))
  const peers = starting.use(createPeers(handlers, { ownNode, settings }))
  const identityOf = (peer: string): PeerIdentity | undefined => peers.find(peer)?.identity
  const ofPeer = (peer: string, use: (node: string) => void): void => {
    const identity = identityOf(peer)
    if (identity !== undefined) use(identity.node)
  }

  const relays = createRelayTransport()
  const libp2p = await createNode(
    {
      peers,
      relays,
      channel: {
        hello: () => membership.hello(),
        judge: (hello, key) => judge(membership, standing, { hello, key }),
        begin(connection) {
          const epoch = peers.epoch()
          return (peer) => peers.vouch(connection.timeline, peer, epoch)
        },
        onRefused: (refusal) => handlers.onRefused(refusal),
        nodeOf,
      },
      gossip: createGossip({
        topics,
        settings,
        penaltiesOf: (peer) => penalties.of(identityOf(peer)?.node ?? ''),
      }),
    },
    options,
    settings,
  )
  const { pubsub } = libp2p.services
  const inside = openGossipsub(pubsub)
  const standing = createStanding({ peers, penalties, score: inside.score }, settings)

  keepScores(inside.score, (peer) => ofPeer(peer, (node) => standing.review(node)))
  const waste = createThrottle(
    { bytesPerSecond: settings.wasteBytesPerSecond, burstBytes: settings.wasteBurstBytes },
    () => performance.now(),
  )
  openStreamsAtOnce(pubsub)
  spareSenders(pubsub)
  const onUnheard = hearAgain(pubsub)
  guardFlow(pubsub, { maxBacklog: settings.maxGossipBacklog, holdFor: (peer) => waste.take(peer, 0) })
  const access = guardTopics(pubsub, (peer, topic) => {
    const identity = identityOf(peer)
    const compartment = topics.compartmentOf(topic)
    return (
      identity !== undefined && compartment !== undefined && membership.maySee(identity.node, compartment)
    )
  })
  validateWith(pubsub, topics, {
    handlers,
    find: identityOf,
    onWaste: (peer, bytes) => waste.take(peer, bytes + MESSAGE_BYTES),
    onUnheard,
  })
  watchHeartbeats({ pubsub, inside, peers }, settings)
  libp2p.addEventListener('connection:open', ({ detail }) => peers.opened(detail))
  libp2p.addEventListener('connection:close', ({ detail }) => peers.closed(detail))

  starting.defer(() => libp2p.stop())
  const sessions = starting.use(await startSyncSessions({ libp2p, peers, handlers }, settings))
  const places = await startRelayPlaces({ libp2p, peers, relays }, settings)
  if (options.relay) await startRelay({ libp2p, peers }, settings)
  await listen(libp2p, options)
  const running = starting.move()
  return createNetwork({
    cluster: options.cluster,
    libp2p,
    inside,
    peers,
    standing,
    access,
    sessions,
    places,
    running,
  })
}

async function listen(libp2p: MeshNode, { listen: addresses }: NetworkOptions): Promise<void> {
  try {
    await libp2p.start()
  } catch (cause) {
    throw new NetworkError('LISTEN_FAILED', `could not listen on ${addresses.join(' ')}`, { cause })
  }
}

/** Trust's verdict, narrowed by what this node saw of the peer's conduct. */
async function judge(
  membership: Membership,
  standing: Standing,
  { hello, key }: { readonly hello: Uint8Array; readonly key: Uint8Array },
): Promise<MembershipVerdict> {
  const verdict = await membership.judge(hello, key)
  if (!verdict.admitted) return verdict
  // The certified key must be the key that Noise proved: this much is checked here, whatever trust does.
  if (verdict.peer.node !== nodeOf(key))
    return { admitted: false, code: 'NOT_ADMITTED', isKnownMember: false }
  if (standing.isBanned(verdict.peer.node))
    return { admitted: false, code: 'PEER_BANNED', isKnownMember: true }
  return verdict
}

/** Node key id of an Ed25519 public key, 64 hexadecimal digits. */
function nodeOf(publicKey: Uint8Array): string {
  return toHex(keyIdOf(nativeCrypto, publicKey))
}
