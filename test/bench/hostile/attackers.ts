import { randomBytes } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import {
  CERTIFICATE,
  encodeBatch,
  encodeLeaf,
  hlcAt,
  keyIdOf,
  parseSign1,
  PROTOCOLS,
  sealHeader,
  type Signer,
  toHex,
  topicOf,
  utf8Bytes,
  VERSIONS,
} from '@intelmesh/protocol'
import { homePaths } from '@intelmesh/node'
import { nativeCrypto, nativeSignerOf } from '../../../packages/node/src/crypto/index.ts'
import { readKeyFile } from '../../../packages/node/src/keys/index.ts'
import { dialPeer } from '../../../packages/node/src/network/dial.ts'
import { createGossip, topicsOf } from '../../../packages/node/src/network/gossip.ts'
import { type GossipsubInside, openGossipsub } from '../../../packages/node/src/network/gossipsub-inside.ts'
import { DEFAULT_NETWORK } from '../../../packages/node/src/network/index.ts'
import { createNode, type MeshNode } from '../../../packages/node/src/network/libp2p-node.ts'
import { createRelayTransport } from '../../../packages/node/src/network/relay-transport.ts'
import { deflateFrame } from '../../../packages/node/src/network/zstd.ts'
import { readMembership } from '../../../packages/node/src/running/core.ts'
import { pause } from '../real-nodes.ts'

/** Members gone bad, and whom they attack. */
export interface Attack {
  readonly homes: readonly string[]
  readonly victims: readonly string[]
}

/** How many messages of rubbish each of them makes now, or sends a second to each of its victims; 0 is peace. */
export type Order = { readonly make: number } | { readonly rate: number }

const CLUSTER = 'finance.eu'
const KNOCK_MS = 5_000
/** Bytes that wait for a victim that does not read: it gets no more until it does. */
const MAX_WAITING: number = 4 * 1024 * 1024
/** As many bytes as an honest batch has. */
const LEAVES = 128

let kind = 0
const KINDS: readonly (() => Uint8Array | Promise<Uint8Array>)[] = [
  () => randomBytes(64 * 1024),
  () => zstdCompressSync(new Uint8Array(10 * 1024 * 1024)),
  () => deflateFrame(new Uint8Array(900_000).fill(0x81)),
  () => deflateFrame(Uint8Array.of(0x9b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
  async () =>
    deflateFrame(Uint8Array.from(await batch(signer), (byte, at) => (at === 400 ? byte ^ 1 : byte))),
]

// Started by ../rows/hostile.ts with the attack as argument, and told its order from time to time.
const { homes, victims } = JSON.parse(process.argv[2] ?? '') as Attack
let rate = 0
const signer = nativeSignerOf(randomBytes(32))
const attackers = await Promise.all(homes.map(startAttacker))
process.on('message', (order: Order) => {
  if ('rate' in order) rate = order.rate
  else void Promise.all(attackers.map(({ rubbish }, i) => fill(rubbish, i, order.make))).then(report)
})
report()
await Promise.all(attackers.map(attack))

function report(): void {
  process.send?.('ready')
}

/** Made before it is sent: those who attack have machines of their own, and this one's belongs to their victims. */
async function fill(rubbish: Uint8Array[], place: number, wanted: number): Promise<void> {
  const make = place % 2 === 0 ? unheardOf : invalid
  while (rubbish.length < wanted) rubbish.push(await make())
}

interface Attacker {
  readonly libp2p: MeshNode
  readonly inside: GossipsubInside
  /** Messages that wait to be sent, each once. */
  readonly rubbish: Uint8Array[]
}

/** A valid membership, and code of its own. */
async function startAttacker(home: string): Promise<Attacker> {
  const paths = homePaths(home)
  const { chain, beacon, proof } = await readMembership(paths)
  const secretKey = (await readKeyFile(paths.nodeKey)).secret.expose()
  const aco = keyIdOf(nativeCrypto, parseSign1(CERTIFICATE, chain[2] as Uint8Array).claims.publicKey)
  const nodeOf = (key: Uint8Array): string => toHex(keyIdOf(nativeCrypto, key))
  const libp2p = await createNode(
    {
      peers: { isVouched: () => true },
      relays: createRelayTransport(),
      channel: {
        hello: async () => ({ versions: VERSIONS, aco, chain, beacon, ...(proof && { proof }) }),
        async judge(_hello, key) {
          const node = nodeOf(key)
          return { admitted: true, peer: { node, certificate: node, notAfter: Number.MAX_SAFE_INTEGER } }
        },
        begin: () => () => {},
        onRefused: () => {},
        nodeOf,
      },
      gossip: createGossip({ topics: topicsOf(CLUSTER), settings: DEFAULT_NETWORK, penaltiesOf: () => 0 }),
    },
    { secretKey, listen: [], announce: [] },
    DEFAULT_NETWORK,
  )
  await libp2p.handle(PROTOCOLS.sync, (stream) => stream.abort(new Error('nothing to be had here')))
  await libp2p.start()
  const attacker = { libp2p, inside: openGossipsub(libp2p.services.pubsub), rubbish: [] }
  await knock(attacker)
  return attacker
}

/** Dials all whom it has lost, and does not mind who refuses it. */
async function knock({ libp2p }: Attacker): Promise<void> {
  const held = new Set(libp2p.getConnections().map(({ remotePeer }) => remotePeer.toString()))
  const lost = victims.filter((address) => !held.has(address.split('/p2p/')[1] ?? ''))
  const peers = { get: () => undefined, find: () => undefined }
  await Promise.allSettled(
    lost.map((address) => dialPeer({ libp2p, peers }, address, AbortSignal.timeout(5_000))),
  )
}

async function attack(attacker: Attacker): Promise<never> {
  for (let knockedAt = 0; ;) {
    const data = rate === 0 ? undefined : attacker.rubbish.shift()
    if (data === undefined) {
      await pause(20)
      continue
    }
    const startedAt = performance.now()
    const messages = [{ topic: topicOf('green', CLUSTER), data }]
    for (const [peer, { rawStream }] of attacker.inside.streamsOutbound)
      if (rawStream.writeBufferLength < MAX_WAITING)
        attacker.inside.sendRpc(peer, { subscriptions: [], messages })
    if (startedAt - knockedAt > KNOCK_MS) {
      knockedAt = startedAt
      void knock(attacker)
    }
    await pause(Math.max(0, 1000 / rate - (performance.now() - startedAt)))
  }
}

/** A batch in order of an author that nobody knows: to be looked at, to be ignored, and no reason to ban its sender. */
async function unheardOf(): Promise<Uint8Array> {
  return deflateFrame(await batch(signer))
}

/** What is provably bad, of one kind after the other. */
async function invalid(): Promise<Uint8Array> {
  const make = KINDS[kind++ % KINDS.length] as (typeof KINDS)[number]
  return make()
}

async function batch(by: Signer): Promise<Uint8Array> {
  const at = Date.now()
  const leaves = Array.from({ length: LEAVES }, (_, i) =>
    encodeLeaf({
      clear: {
        author: keyIdOf(nativeCrypto, by.publicKey),
        hlc: hlcAt(at + i),
        cluster: CLUSTER,
        compartments: ['green'],
        tlp: 'green',
        expires: Math.floor(at / 3_600_000) + 24,
      },
      body: { kind: 'stix', stix: utf8Bytes(`{"id":"${randomBytes(400).toString('hex')}"}`) },
    }),
  )
  const header = await sealHeader(
    nativeCrypto,
    { profile: 1, certificate: randomBytes(32), audience: 'green', chain: randomBytes(16), seq: 0 },
    { leaves, from: hlcAt(at), to: hlcAt(at + LEAVES) },
    by,
  )
  return encodeBatch(header, leaves)
}
