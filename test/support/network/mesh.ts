import {
  type Compartment,
  COMPARTMENTS,
  keyIdOf,
  type MembershipHello,
  decodeHello,
  publicKeyOf,
  toHex,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../../../packages/node/src/crypto/index.ts'
import {
  DEFAULT_NETWORK,
  type FrameChannel,
  type GossipVerdict,
  type Membership,
  type Network,
  type NetworkSettings,
  type PeerIdentity,
  startNetwork,
} from '../../../packages/node/src/network/index.ts'
import { createGossip, topicsOf } from '../../../packages/node/src/network/gossip.ts'
import { type GossipsubInside, openGossipsub } from '../../../packages/node/src/network/gossipsub-inside.ts'
import { createNode, type MeshNode } from '../../../packages/node/src/network/libp2p-node.ts'
import { createRelayTransport } from '../../../packages/node/src/network/relay-transport.ts'

export const CLUSTER = 'finance.eu'
const HOUR_MS = 3_600_000

/** What everybody in a test thinks of a node. */
export interface Entry {
  /** Absent for a member in good standing: the code by which it is refused. */
  readonly code?: string
  readonly compartments: readonly Compartment[]
  readonly notAfter: number
}

/** Trust, by decree: who is a member, shared by all nodes of a test. A node that is not in it is a stranger. */
export type Roster = Map<string, Entry>

export interface TestNode extends AsyncDisposable {
  readonly network: Network
  readonly node: string
  /** First of its addresses. */
  readonly address: string
  readonly received: {
    readonly compartment: Compartment
    readonly bytes: Uint8Array
    readonly from: string
  }[]
  readonly refusals: { readonly direction: string; readonly code: string; readonly node?: string }[]
  readonly connected: string[]
  readonly disconnected: string[]
}

export interface TestNodeOptions {
  readonly roster: Roster
  readonly seed: number
  /** @default all */
  readonly compartments?: readonly Compartment[]
  /** Leaves the node out of the roster. */
  readonly isStranger?: boolean
  readonly listen?: readonly string[]
  readonly relay?: boolean
  readonly settings?: Partial<NetworkSettings>
  readonly verdict?: (bytes: Uint8Array) => GossipVerdict | Promise<GossipVerdict>
  readonly onSync?: (channel: FrameChannel) => Promise<void>
  /** In place of the roster's word. */
  readonly judge?: Membership['judge']
}

/** The secret key that a test node of this seed has. */
function secretKeyOf(seed: number): Uint8Array {
  return new Uint8Array(32).fill(seed)
}

export function nodeIdOf(publicKey: Uint8Array): string {
  return toHex(keyIdOf(nativeCrypto, publicKey))
}

export function entry(
  compartments: readonly Compartment[] = COMPARTMENTS,
  changes: Partial<Entry> = {},
): Entry {
  return { compartments, notAfter: Date.now() + HOUR_MS, ...changes }
}

/** A membership that goes by the roster. The certificate in its hello is the bare public key. */
export function membershipOf(roster: Roster, publicKey: Uint8Array): Membership {
  return {
    hello: async (): Promise<MembershipHello> => ({
      versions: [1],
      aco: new Uint8Array(32),
      chain: [publicKey, new Uint8Array(1)],
      beacon: new Uint8Array(1),
    }),
    async judge(hello, provenKey) {
      const node = nodeIdOf(provenKey)
      const found = roster.get(node)
      if (found === undefined || !isHelloOf(hello, provenKey))
        return { admitted: false, code: 'CERT_ROOT_UNKNOWN', isKnownMember: false }
      if (found.code !== undefined) return { admitted: false, code: found.code, isKnownMember: true }
      return { admitted: true, peer: { node, certificate: node, notAfter: found.notAfter } }
    },
    maySee: (node, compartment) => roster.get(node)?.compartments.includes(compartment) ?? false,
  }
}

export async function startTestNode(options: TestNodeOptions): Promise<TestNode> {
  const { roster, seed } = options
  const secretKey = secretKeyOf(seed)
  const publicKey = publicKeyOf(secretKey)
  const node = nodeIdOf(publicKey)
  if (options.isStranger !== true) roster.set(node, entry(options.compartments))
  const seen = { received: [], refusals: [], connected: [], disconnected: [] } as Pick<
    { -readonly [K in keyof TestNode]: TestNode[K] },
    'received' | 'refusals' | 'connected' | 'disconnected'
  >
  const network = await startNetwork(
    {
      membership: { ...membershipOf(roster, publicKey), ...(options.judge && { judge: options.judge }) },
      handlers: {
        async onGossip(compartment: Compartment, bytes: Uint8Array, from: PeerIdentity) {
          seen.received.push({ compartment, bytes, from: from.node })
          return (await options.verdict?.(bytes)) ?? { action: 'accept', code: 'ACCEPTED' }
        },
        onSync: options.onSync ?? (async () => {}),
        onConnect: (peer) => void seen.connected.push(peer.node),
        onDisconnect: (id) => void seen.disconnected.push(id),
        onRefused: (refusal) => void seen.refusals.push(refusal),
      },
    },
    {
      secretKey,
      cluster: CLUSTER,
      listen: options.listen ?? ['/ip4/127.0.0.1/tcp/0'],
      announce: [],
      relay: options.relay ?? false,
    },
    { ...DEFAULT_NETWORK, heartbeatMs: 200, ...options.settings },
  )
  return {
    ...seen,
    network,
    node,
    get address() {
      return network.addresses[0] ?? ''
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  }
}

function isHelloOf(hello: Uint8Array, key: Uint8Array): boolean {
  try {
    return toHex(decodeHello(hello).chain[0] as Uint8Array) === toHex(key)
  } catch {
    return false
  }
}

/** A member that runs gossipsub without guards, and does as the test likes. */
export interface UnguardedNode extends AsyncDisposable {
  readonly libp2p: MeshNode
  readonly inside: GossipsubInside
  readonly node: string
  readonly peerId: string
  /** Topics of the messages that reached it, in order. */
  readonly received: string[]
  readonly address: string
}

export async function startUnguardedNode({
  roster,
  seed,
  compartments,
}: Pick<TestNodeOptions, 'roster' | 'seed' | 'compartments'>): Promise<UnguardedNode> {
  const secretKey = secretKeyOf(seed)
  const publicKey = publicKeyOf(secretKey)
  const node = nodeIdOf(publicKey)
  roster.set(node, entry(compartments))
  const membership = membershipOf(roster, publicKey)
  const settings = { ...DEFAULT_NETWORK, heartbeatMs: 200 }
  const libp2p = await createNode(
    {
      peers: { isVouched: () => true },
      relays: createRelayTransport(),
      channel: { ...membership, begin: () => () => {}, onRefused: () => {}, nodeOf: nodeIdOf },
      gossip: createGossip({ topics: topicsOf(CLUSTER), settings, penaltiesOf: () => 0 }),
    },
    { secretKey, listen: ['/ip4/127.0.0.1/tcp/0'], announce: [] },
    settings,
  )
  await libp2p.start()
  const inside = openGossipsub(libp2p.services.pubsub)
  const received: string[] = []
  libp2p.services.pubsub.addEventListener('gossipsub:message', ({ detail }) =>
    received.push(detail.msg.topic),
  )
  return {
    libp2p,
    inside,
    node,
    peerId: libp2p.peerId.toString(),
    received,
    address: String(libp2p.getMultiaddrs()[0]),
    [Symbol.asyncDispose]: async () => libp2p.stop(),
  }
}
