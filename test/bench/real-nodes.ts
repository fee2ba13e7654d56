import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join as pathOf } from 'node:path'
import {
  concatBytes,
  encodeBatch,
  encodeLeaf,
  fromHex,
  headerHash,
  hlcAt,
  parseLeaf,
  sealHeader,
  toHex,
  utf8Bytes,
} from '@intelmesh/protocol'
import {
  type AcoApi,
  createAco,
  homePaths,
  join,
  loadConfig,
  type NodeConfig,
  type RunningNode,
  startNode,
} from '@intelmesh/node'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import { createLogger, createMetrics } from '../../packages/node/src/observe/index.ts'
import { type Core, openCore } from '../../packages/node/src/running/core.ts'
import { joinMesh, type Mesh } from '../../packages/node/src/running/mesh.ts'
import { startStoreCare } from '../../packages/node/src/running/store-care.ts'
import { startUpkeep } from '../../packages/node/src/running/upkeep.ts'
import type { VariedObject } from './corpus/templates.ts'
import type { Ground } from './row.ts'

/** A node as `intelmesh run` starts it, but for its HTTP API. */
export interface RealNode {
  readonly core: Core
  readonly mesh: Mesh
  /** Told of each batch that came by gossip and was accepted: it is passed on, and waits to be stored. */
  onAccepted: (bytes: Uint8Array) => void
  /** Signs objects as the next batch of this node's own chain. */
  sign(objects: readonly VariedObject[]): Promise<SignedBatch>
}

export interface SignedBatch {
  readonly bytes: Uint8Array
  /** Record ids, hexadecimal. */
  readonly ids: readonly string[]
}

/** Nodes of one cluster in this process, over loopback TCP, each with a store on disk. */
export interface RealNodes extends AsyncDisposable {
  readonly nodes: readonly RealNode[]
  /** Homes of members that do not run yet. */
  readonly spare: readonly string[]
  /** Pairs of nodes, by their places, that are connected. */
  edges(): readonly (readonly [number, number])[]
}

/** Starts an ACO and members until there are `count` nodes, and waits until all of them hear each other. `spare` members more join. */
export async function startRealNodes(
  { folder, progress, signal }: Pick<Ground, 'folder' | 'progress' | 'signal'>,
  count: number,
  spare = 0,
): Promise<RealNodes> {
  // Where the members will look for the ACO.
  const acoPort = await freePort()
  const homes = await enrolled(folder, { count: count + spare, acoPort }, progress)
  await using starting = new AsyncDisposableStack()
  const nodes: RealNode[] = []
  for (const [i, home] of homes.slice(0, count).entries())
    nodes.push(await startRealNode(home, configOf(i === 0 ? acoPort : 0), starting))
  const byId = new Map(nodes.map(({ core }, place) => [core.own().keyId, place]))
  const isReady = ({ mesh: { network } }: RealNode): boolean => {
    const peers = network.peers()
    return (
      peers.length >= Math.min(count - 1, ENOUGH_PEERS) &&
      peers.every(({ topics }) => topics.length === TOPICS)
    )
  }
  while (!nodes.every(isReady)) {
    signal.throwIfAborted()
    progress(`${nodes.filter(isReady).length} of ${count} nodes hear their peers`)
    await pause(500)
  }
  await pause(settlingMs(count))
  const started = starting.move()
  return {
    nodes,
    spare: homes.slice(count),
    edges: () =>
      nodes.flatMap(({ mesh: { network } }, from) =>
        network
          .peers()
          .map(({ node }) => byId.get(node) ?? -1)
          .filter((to) => to > from)
          .map((to) => [from, to] as const),
      ),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** Homes of an ACO and its members. */
async function enrolled(
  folder: string,
  { count, acoPort }: { readonly count: number; readonly acoPort: number },
  progress: (text: string) => void,
): Promise<readonly string[]> {
  const newHome = (name: string) =>
    ({ home: pathOf(folder, name), settings: {}, protection: { kind: 'plain' } }) as const
  const homes = [pathOf(folder, 'aco')]
  await createAco({ ...newHome('aco'), name: 'ACO', cluster: CLUSTER })
  await using aco: RunningNode = await startNode({
    home: pathOf(folder, 'aco'),
    config: configOf(acoPort),
    passphrase,
  })
  for (let i = 1; i < count; i++) {
    const { invite } = await (aco.api.aco as AcoApi).invite({ ...GRANT, org: `member ${i}` })
    await join({ ...newHome(`${i}`), invite, signal: AbortSignal.timeout(20_000), onWaiting() {} })
    homes.push(pathOf(folder, `${i}`))
    progress(`${i} of ${count - 1} members have joined`)
  }
  return homes
}

/** Starts the node of a home; the stack stops it. */
export async function startRealNode(
  home: string,
  config: NodeConfig,
  stack: AsyncDisposableStack,
): Promise<RealNode> {
  const core = stack.use(
    await openCore({
      paths: homePaths(home),
      config,
      passphrase,
      logger: createLogger({ level: 'silent' }),
      metrics: createMetrics(Date.now),
    }),
  )
  const watched = watchAccepted(core)
  const mesh = stack.use(await joinMesh(core))
  const care = stack.use(await startStoreCare(core, () => undefined))
  stack.use(await startUpkeep(core, mesh, care))
  const chain = nativeCrypto
    .sha256(concatBytes(utf8Bytes(core.own().keyId), utf8Bytes(`${Date.now()}`)))
    .subarray(0, 16)
  let seq = 0
  let previous: Uint8Array | undefined
  return Object.assign(watched, {
    core,
    mesh,
    async sign(objects: readonly VariedObject[]) {
      const at = Date.now()
      const leaves = objects.map(({ text }, i) => leafOf(core, text, at + i))
      const place = { chain, seq: seq++, ...(previous && { previous }) }
      const header = await sealHeader(
        nativeCrypto,
        { profile: 1, certificate: fromHex(core.own().id), audience: 'green', ...place },
        { leaves, from: hlcAt(at), to: hlcAt(at + leaves.length) },
        core.signer,
      )
      previous = headerHash(nativeCrypto, header)
      const ids = leaves.map((leaf) => toHex(parseLeaf(nativeCrypto, leaf).id))
      return { bytes: encodeBatch(header, leaves), ids }
    },
  })
}

function watchAccepted({ admission }: Core): Pick<RealNode, 'onAccepted'> {
  const watched: Pick<RealNode, 'onAccepted'> = { onAccepted: () => undefined }
  const admitBatch = admission.admitBatch.bind(admission)
  Object.assign(admission, {
    async admitBatch(...args: Parameters<typeof admitBatch>) {
      const admitted = await admitBatch(...args)
      const [bytes, source] = args
      if (source.kind === 'peer' && admitted.action === 'accept') watched.onAccepted(bytes)
      return admitted
    },
  } satisfies Partial<Core['admission']>)
  return watched
}

function leafOf(core: Core, text: string, at: number): Uint8Array {
  return encodeLeaf({
    clear: {
      author: fromHex(core.own().keyId),
      hlc: hlcAt(at),
      cluster: CLUSTER,
      compartments: ['green'],
      tlp: 'green',
      expires: Math.floor(at / HOUR_MS) + 24 * 30,
    },
    body: { kind: 'stix', stix: utf8Bytes(text) },
  })
}

/** ms that a few heartbeats of gossipsub take, in which meshes of so many nodes settle. */
export function settlingMs(count: number): number {
  return count < 6 ? 0 : 5_000
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

const CLUSTER = 'finance.eu'
const HOUR_MS = 3_600_000
/** A node dials until it has twelve. */
const ENOUGH_PEERS = 12
/** Control, clear and green. */
const TOPICS = 3
const GRANT = { kind: 'member', roles: [], clearance: 'green', days: 14, local: true } as const
const passphrase = async (): Promise<Uint8Array> => new Uint8Array()

const SETTINGS = {
  'enrolment.host': '127.0.0.1',
  'enrolment.port': 0,
  'enrolment.local': true,
  'log.level': 'silent',
}

/** What nodes of a bench are set to; port 0 takes any free one. */
export function configOf(port: number): NodeConfig {
  const settings = { ...SETTINGS, 'network.listen': [`/ip4/127.0.0.1/tcp/${port}`] }
  const flags = Object.entries(settings).map(([name, value]) => [name, { value, flag: `--${name}` }] as const)
  return loadConfig({ environment: {}, flags: Object.fromEntries(flags) })
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
