import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { homePaths } from '@intelmesh/node'
import {
  CERTIFICATE,
  type Compartment,
  decodeSyncMessage,
  encodeSyncMessage,
  keyIdOf,
  type MembershipHello,
  parseSign1,
  portableCrypto,
  PROTOCOLS,
  type SyncMessage,
  toHex,
  topicOf,
} from '@intelmesh/protocol'
import { readKeyFile } from '../../packages/node/src/keys/index.ts'
import { writeBytes } from '../../packages/node/src/network/byte-writer.ts'
import { dialPeer } from '../../packages/node/src/network/dial.ts'
import { createFrameChannel } from '../../packages/node/src/network/frames.ts'
import { createGossip, topicsOf } from '../../packages/node/src/network/gossip.ts'
import { openGossipsub } from '../../packages/node/src/network/gossipsub-inside.ts'
import { DEFAULT_NETWORK, type PeerIdentity } from '../../packages/node/src/network/index.ts'
import { createNode } from '../../packages/node/src/network/libp2p-node.ts'
import type { LivePeer } from '../../packages/node/src/network/peers.ts'
import { createRelayTransport } from '../../packages/node/src/network/relay-transport.ts'
import { deflateFrame } from '../../packages/node/src/network/zstd.ts'
import { readMembership } from '../../packages/node/src/running/core.ts'
import { type Author, authorOf } from './forge.ts'
import { nodeIdOf } from './network/mesh.ts'

type Connection = LivePeer['connection']
type Stream = Awaited<ReturnType<Connection['newStream']>>

const CLUSTER = 'finance.eu'

/** A session with the victim, message by message. */
export interface AttackerSession extends AsyncDisposable {
  send(message: SyncMessage): Promise<void>
  sendRaw(frame: Uint8Array): Promise<void>
  /** Writes bytes on the stream as they are given, where others would write frames. */
  write(bytes: Uint8Array): Promise<void>
  receive(): Promise<SyncMessage | undefined>
}

/** A member with a valid certificate and code of its own: it sends what it likes to the one node it is connected to. */
export interface Attacker extends AsyncDisposable {
  /** Its node key id, hexadecimal. */
  readonly node: string
  readonly author: Author
  /** Messages that gossip brought, inflated. */
  readonly received: { readonly topic: string; readonly bytes: Uint8Array }[]
  readonly isConnected: boolean
  /** Bytes of gossip that the victim has not taken yet. */
  readonly waiting: number
  gossip(compartment: Compartment, bytes: Uint8Array): Promise<void>
  /** As {@link gossip}, with the bytes on the wire as they are given. */
  gossipWire(compartment: Compartment, wire: Uint8Array): Promise<void>
  /** Writes so many bytes as one gossipsub RPC, until the victim takes no more. */
  flood(length: number): Promise<void>
  /** Subscribes to a topic and grafts the victim, as gossipsub without guards does. */
  force(compartment: Compartment): Promise<void>
  openSession(): Promise<AttackerSession>
}

export interface AttackerDraft {
  /** A home that joined. */
  readonly home: string
  /** Multiaddr with the peer id. */
  readonly victim: string
  /** Changes what it shows of itself. */
  readonly hello?: Partial<MembershipHello>
  /** Its key, where it is not that of the home. */
  readonly secretKey?: Uint8Array
  /** Serves a session that the victim opened. Without it, such sessions end at once. */
  readonly serve?: (session: AttackerSession) => Promise<void>
}

/** Connects to the victim under a real membership. @throws NetworkError with the code by which the victim refuses it */
export async function startAttacker(draft: AttackerDraft): Promise<Attacker> {
  const paths = homePaths(draft.home)
  const { chain, beacon, proof } = await readMembership(paths)
  const secretKey = draft.secretKey ?? (await readKeyFile(paths.nodeKey)).secret.expose()
  const author = authorOf(secretKey, draft.hello?.chain?.[0] ?? (chain[0] as Uint8Array))
  const node = toHex(author.keyId)
  const aco = keyIdOf(portableCrypto, parseSign1(CERTIFICATE, chain[2] as Uint8Array).claims.publicKey)
  let victim: PeerIdentity = { node: '', certificate: '', notAfter: 0 }
  const libp2p = await createNode(
    {
      peers: { isVouched: () => true },
      relays: createRelayTransport(),
      channel: {
        hello: async () => ({ versions: [1], aco, chain, beacon, ...(proof && { proof }), ...draft.hello }),
        async judge(_hello, key) {
          victim = { node: nodeIdOf(key), certificate: nodeIdOf(key), notAfter: Number.MAX_SAFE_INTEGER }
          return { admitted: true, peer: victim }
        },
        begin: () => () => {},
        onRefused: () => {},
        nodeOf: nodeIdOf,
      },
      gossip: createGossip({ topics: topicsOf(CLUSTER), settings: DEFAULT_NETWORK, penaltiesOf: () => 0 }),
    },
    { secretKey, listen: [], announce: [] },
    DEFAULT_NETWORK,
  )
  await libp2p.handle(
    PROTOCOLS.sync,
    async (stream) => {
      await using session = sessionOn(stream, victim)
      await (draft.serve ?? declineSession)(session).catch(() => undefined)
    },
    { maxOutboundStreams: Infinity },
  )
  await libp2p.start()
  const inside = openGossipsub(libp2p.services.pubsub)
  const received: Attacker['received'] = []
  libp2p.services.pubsub.addEventListener('gossipsub:message', ({ detail: { msg } }) =>
    received.push({ topic: msg.topic, bytes: msg.data }),
  )
  const found = { get: () => undefined, find: () => ({ identity: victim }) as LivePeer }
  try {
    await dialPeer({ libp2p, peers: found }, draft.victim, AbortSignal.timeout(10_000))
  } catch (error) {
    await libp2p.stop()
    throw error
  }
  const [connection] = libp2p.getConnections() as [Connection]
  liftLimits(connection)
  const peer = connection.remotePeer.toString()
  while (!inside.streamsOutbound.has(peer)) {
    if (connection.status !== 'open') throw new Error('the victim closed the connection')
    await delay(LOOK_MS)
  }

  async function gossipWire(compartment: Compartment, wire: Uint8Array): Promise<void> {
    const messages = [{ topic: topicOf(compartment, CLUSTER), data: wire }]
    if (!inside.sendRpc(peer, { subscriptions: [], messages })) throw new Error('gossip was not sent')
  }

  return {
    node,
    author,
    received,
    get isConnected() {
      return connection.status === 'open'
    },
    get waiting() {
      return inside.streamsOutbound.get(peer)?.rawStream.writeBufferLength ?? 0
    },
    gossip: (compartment, bytes) => gossipWire(compartment, deflateFrame(bytes)),
    gossipWire,
    async flood(length) {
      const { protocol } = inside.streamsOutbound.get(peer) as unknown as { readonly protocol: string }
      const stream = await connection.newStream([protocol])
      const bytes = [varint(length), randomBytes(length)]
      await writeBytes(stream, bytes, AbortSignal.timeout(10_000)).catch(() => undefined)
    },
    async force(compartment) {
      const topic = topicOf(compartment, CLUSTER)
      libp2p.services.pubsub.subscribe(topic)
      const control = { ...NO_CONTROL, graft: [{ topicID: topic }] }
      inside.sendRpc(peer, { subscriptions: [{ topic, subscribe: true }], messages: [], control })
    },
    async openSession() {
      return sessionOn(await connection.newStream([PROTOCOLS.sync]), victim)
    },
    [Symbol.asyncDispose]: async () => libp2p.stop(),
  }
}

const LOOK_MS = 20

/** How many streams it opens is limited by the victim alone. */
function liftLimits(connection: Connection): void {
  const { muxer } = connection as unknown as { readonly muxer: { maxOutboundStreams: number } }
  if (muxer.maxOutboundStreams === undefined) throw new TypeError('expected the muxer to be yamux')
  muxer.maxOutboundStreams = Infinity
}

const NO_CONTROL = { ihave: [], iwant: [], graft: [], prune: [], idontwant: [] }

/** The length prefix of gossipsub: seven bits a byte, the lowest first. */
function varint(value: number): Uint8Array {
  return value < 0x80 ? Uint8Array.of(value) : Uint8Array.of((value & 0x7f) | 0x80, ...varint(value >>> 7))
}

function sessionOn(stream: Stream, victim: PeerIdentity): AttackerSession {
  const channel = createFrameChannel(stream, victim, DEFAULT_NETWORK)
  return {
    send: (message) => channel.send(encodeSyncMessage(message)),
    sendRaw: (frame) => channel.send(frame),
    write: (bytes) => writeBytes(stream, [bytes], AbortSignal.timeout(10_000)),
    async receive() {
      const frame = await channel.receive()
      return frame === undefined ? undefined : decodeSyncMessage(frame)
    },
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  }
}

/** What a peer says that does not share the set. */
async function declineSession(session: AttackerSession): Promise<void> {
  const first = await session.receive()
  if (first?.type === 'hello') await decline(session)
}

/** Says that the set is not shared. */
export async function decline(session: AttackerSession): Promise<void> {
  await session.send({ type: 'refused', code: 'NOT_ENTITLED' })
}
