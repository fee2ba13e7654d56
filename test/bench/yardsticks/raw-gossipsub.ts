import { generateKeyPair } from '@libp2p/crypto/keys'
import { type GossipSub, gossipsub, StrictNoSign, TopicValidatorResult } from '@libp2p/gossipsub'
import { identify, type Identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { hash } from 'node:crypto'

type RawNode = Libp2p<{ pubsub: GossipSub; identify: Identify }>

/** Gossipsub as its package documents it to be fast, with a validator that takes everything. */
export interface RawMesh extends AsyncDisposable {
  publish(place: number, data: Uint8Array): Promise<void>
  /** Called at each node for each message that it takes, until another takes its place. */
  onMessage: (place: number, data: Uint8Array) => void
}

const TOPIC = 'bench'

/** Starts so many nodes over loopback TCP, connected as `edges` says, and gives their meshes time to settle. */
export async function startRawMesh(
  count: number,
  edges: readonly (readonly [number, number])[],
  settlingMs: number,
): Promise<RawMesh> {
  const nodes: RawNode[] = []
  for (let i = 0; i < count; i++) nodes.push(await startNode())
  for (const [from, to] of edges) {
    const [address] = (nodes[to] as RawNode).getMultiaddrs()
    if (address !== undefined) await (nodes[from] as RawNode).dial(address)
  }
  const raw: RawMesh = {
    async publish(place, data) {
      await (nodes[place] as RawNode).services.pubsub.publish(TOPIC, data)
    },
    onMessage: () => undefined,
    async [Symbol.asyncDispose]() {
      for (const node of nodes) await node.stop()
    },
  }
  nodes.forEach((node, place) => {
    const { pubsub } = node.services
    pubsub.topicValidators.set(TOPIC, () => TopicValidatorResult.Accept)
    pubsub.addEventListener('gossipsub:message', ({ detail }) => raw.onMessage(place, detail.msg.data))
    pubsub.subscribe(TOPIC)
  })
  await new Promise((resolve) => setTimeout(resolve, settlingMs))
  return raw
}

async function startNode(): Promise<RawNode> {
  return createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 1000 },
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        // A cheap id, as the documentation asks for.
        msgIdFn: ({ data }) => hash('sha256', data, 'buffer'),
        batchPublish: true,
        // Not worth its messages below 16 KiB.
        idontwantMinDataSize: 16 * 1024,
        // All nodes of a bench have one address.
        scoreParams: { IPColocationFactorWeight: 0 },
      }),
    },
  })
}
