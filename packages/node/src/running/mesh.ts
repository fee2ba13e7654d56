import { randomBytes } from 'node:crypto'
import {
  codeOf,
  type Compartment,
  type ControlObject,
  CONTACT,
  decodeControl,
  encodeControl,
  fromHex,
  isDataCompartment,
  MAC_KEY_BYTES,
  sealSign1,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import { hourOf, verdictOf } from '../admission/index.ts'
import {
  DEFAULT_NETWORK,
  type GossipVerdict,
  type Network,
  type PeerIdentity,
  startNetwork,
} from '../network/index.ts'
import type { Hex, QuarantineRow } from '../store/index.ts'
import {
  breathe,
  createCellKeeper,
  createSameSets,
  createScheduler,
  type Scheduler,
} from '../syncing/index.ts'
import { createMembership, peerMaySee } from '../trust/index.ts'
import type { Core } from './core.ts'
import { createDialler } from './dialler.ts'
import { keepPlaces } from './places.ts'

/** A core on its mesh. */
export interface Mesh extends AsyncDisposable {
  readonly network: Network
  readonly scheduler: Scheduler
  /** What members last said of this node's own membership when they refused it. */
  readonly refusals: ReadonlyMap<Hex, string>
  /** Tells the cluster where this node is reached. */
  announceContact(): Promise<void>
}

/** Codes after which the peer that sent something knows control objects that this node lacks. */
const LACKING: ReadonlySet<string> = new Set([
  'CERT_UNKNOWN',
  'STATUS_LIST_MISMATCH',
  'CERT_NOT_LOGGED',
  'CHAIN_CLOSED',
])
const CONTROL_WAIT_MS = 10_000

/** Brings a core onto the mesh: network, gossip into admission, reconciliation, dialling. */
export async function joinMesh(core: Core): Promise<Mesh> {
  const { trust, admission, options } = core
  const { config, metrics } = options
  const logger = options.logger.scope('mesh')
  const maySee = (node: string, compartment: Compartment): boolean =>
    peerMaySee(trust, core.clock(), node, compartment)
  await using starting = new AsyncDisposableStack()

  const network = starting.use(
    await startNetwork(
      {
        membership: createMembership({
          trust,
          crypto: nativeCrypto,
          clock: core.clock,
          own: () => core.own(),
        }),
        handlers: {
          onGossip: judgeGossip,
          onSync: (channel) => scheduler.serve(channel),
          onConnect(peer) {
            logger.info('member connected', { node: peer.node })
            metrics.peers(network.peers().length)
            scheduler.connected(peer)
          },
          onDisconnect(node) {
            logger.info('member disconnected', { node })
            metrics.peers(network.peers().length)
            scheduler.disconnected(node)
          },
          onRefused(refusal) {
            metrics.refusedConnection(refusal.direction, refusal.code)
            logger.debug('connection refused', { ...refusal })
            const from = refusal.node ?? refusal.address
            note({ code: refusal.code, from, what: 'connection', detail: refusal.direction })
          },
        },
      },
      {
        secretKey: core.secretKey.expose(),
        cluster: trust.cluster,
        listen: config.network.listen,
        announce: config.network.announce,
        relay: config.network.relay,
      },
      { ...DEFAULT_NETWORK, maxConnections: config.limits.connections },
    ),
  )
  const newKey = (): Uint8Array => randomBytes(MAC_KEY_BYTES)
  const cells = starting.use(createCellKeeper({ store: core.store, clock: core.clock, newKey, breathe }))
  const scheduler: Scheduler = starting.use(
    createScheduler(
      {
        store: core.store,
        cells,
        newKey,
        breathe,
        trust,
        admission,
        crypto: nativeCrypto,
        sweeper: core.sweeper,
        sameSets: createSameSets(core.store, core.clock),
        hour: () => hourOf(core.clock()),
        floorOf: core.retention.floorOf,
        maySee,
        network: () => network,
        metrics,
        random: Math.random,
        clock: core.clock,
        penalise: (node, code) => network.penalise(node, code),
        onBreach(node, code) {
          note({ code, from: node, what: 'session', detail: '' })
          network.penalise(node, code)
        },
        onReady() {
          for (const compartment of ['clear', 'green'] as const)
            if (maySee(core.own().keyId, compartment)) network.subscribe(compartment)
        },
      },
      { intervalMs: config.sync.intervalSeconds * 1000, controlWaitMs: CONTROL_WAIT_MS },
    ),
  )
  network.subscribe('control')

  function note(row: Omit<QuarantineRow, 'at'>): void {
    void core.store
      .commit({ quarantine: [{ at: core.clock(), ...row }] }, { sync: false })
      .catch(() => undefined)
  }

  async function judgeGossip(
    compartment: Compartment,
    bytes: Uint8Array,
    from: PeerIdentity,
  ): Promise<GossipVerdict> {
    const verdict = isDataCompartment(compartment)
      ? await admission.admitBatch(
          bytes,
          { kind: 'peer', node: from.node },
          { sync: false, audience: compartment },
        )
      : await judgeControlMessage(bytes, from)
    metrics.gossipVerdict(verdict.action, verdict.code)
    if (LACKING.has(verdict.code)) scheduler.nudge(from.node)
    return { action: verdict.action, code: verdict.code }
  }

  async function judgeControlMessage(bytes: Uint8Array, from: PeerIdentity): Promise<GossipVerdict> {
    try {
      const object = decodeControl(bytes)
      const [verdict] = await admission.admitControl([object], { kind: 'peer', node: from.node })
      if (object.kind === 'beacon' && verdict?.action === 'accept' && trust.log.state === 'behind')
        scheduler.nudge(from.node)
      return verdict ?? { action: 'ignore', code: 'INTERNAL' }
    } catch (error) {
      const verdict = verdictOf(codeOf(error) ?? 'CONTROL_MALFORMED')
      if (verdict.code === 'NEWER_THAN_ME') trust.upgradeNeeded = true
      note({ code: verdict.code, from: from.node, what: 'control', detail: '' })
      return verdict
    }
  }

  /** Nodes whose standing changed are cut off or live on, and see what they may see now. */
  function follow(nodes: readonly Hex[]): void {
    const connected = new Map(network.peers().map((peer) => [peer.node, peer]))
    for (const node of nodes) {
      const peer = connected.get(node)
      if (peer === undefined) continue
      const standing = trust.standing(node)
      const newest = trust.roster.ofKey(node)[0]
      if (standing !== 'good') {
        logger.info('member cut off', { node, standing })
        void network
          .disconnect(node, CODES[standing])
          .catch((error: unknown) => logger.warn('a member could not be disconnected', { error }))
      } else if (newest !== undefined && newest.id !== peer.certificate) {
        network.extend(node, newest.id, newest.certificate.claims.expiresAt * 1000)
      }
    }
    network.refreshAccess()
  }
  trust.onChange(({ nodes }) => follow(nodes))

  async function sendControl(objects: readonly ControlObject[]): Promise<void> {
    for (const object of objects) await network.publish('control', encodeControl(object), { urgent: true })
  }

  core.attach({
    batch(compartment, bytes, urgent) {
      void network
        .publish(compartment, bytes, { urgent })
        .catch((error: unknown) =>
          logger.warn('a batch could not be sent: reconciliation will carry it', { error }),
        )
    },
    control: sendControl,
  })
  starting.defer(() => core.attach(undefined))
  const dialler = starting.use(createDialler({ core, network, logger }))

  async function announceContact(): Promise<void> {
    const own = core.own()
    const claims = {
      node: fromHex(own.keyId),
      certificate: fromHex(own.id),
      at: core.clock(),
      addresses: network.addresses
        .filter(({ length }) => length <= MAX_ADDRESS_CHARS)
        .slice(0, MAX_ADDRESSES),
      ...(config.network.relay && { relay: 1 }),
    }
    const object: ControlObject = { kind: 'contact', bytes: await sealSign1(CONTACT, claims, core.signer) }
    await trust.admit([object], 'self')
    await sendControl([object])
  }
  starting.use(keepPlaces({ core, network, logger, announce: announceContact }))
  const started = starting.move()

  return {
    network,
    scheduler,
    refusals: dialler.refusals,
    announceContact,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** What a contact holds. */
const MAX_ADDRESSES = 8
const MAX_ADDRESS_CHARS = 160

/** What a peer is told, and the log says, when its standing ends its connection. */
const CODES = {
  revoked: 'CERT_REVOKED',
  suspended: 'CERT_SUSPENDED',
  expired: 'CERT_EXPIRED',
  unknown: 'CERT_UNKNOWN',
} as const
