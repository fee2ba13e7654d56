import { randomBytes } from 'node:crypto'
import { createGate } from '@intelmesh/gate'
import {
  CONTACT,
  type ControlObject,
  type DataCompartment,
  decodeReply,
  type EnrolmentReply,
  keyIdOf,
  parseSign1,
  selfTest,
  type Signer,
  toHex,
} from '@intelmesh/protocol'
import { readFile } from 'node:fs/promises'
import { type Admission, hourOf, openAdmission, openSweeper, type Sweeper } from '../admission/index.ts'
import type { Authority } from '../authority/index.ts'
import {
  createHealth,
  createRetention,
  openSound,
  parseRetention,
  type Retention,
  type StoreHealth,
} from '../care/index.ts'
import type { NodeConfig } from '../config/index.ts'
import { nativeCrypto, nativeSignerOf } from '../crypto/index.ts'
import { ApiError, HomeError } from '../errors.ts'
import { type HomePaths, isMissing } from '../home/index.ts'
import type { Secret } from '../keys/index.ts'
import type { Logger, Metrics } from '../observe/index.ts'
import { openPeople, type People } from '../people/index.ts'
import { judgeAgain, type Judging } from './judge-again.ts'
import { ownAuthority } from './own-authority.ts'
import { readOwnKey } from './own-key.ts'
import { createPublisher, type Publisher } from '../publishing/index.ts'
import type { QueryComponents } from '../query/index.ts'
import type { Hex, Store } from '../store/index.ts'
import { type KnownCertificate, openTrust, type Trust } from '../trust/index.ts'

/** What opens a home. */
export interface CoreOptions {
  readonly paths: HomePaths
  readonly config: NodeConfig
  /** Asked for only when a key file is protected by one. */
  readonly passphrase: () => Promise<Uint8Array>
  readonly logger: Logger
  readonly metrics: Metrics
}

/** How the core reaches the mesh, while there is one. */
export interface Outlet {
  batch(compartment: DataCompartment, bytes: Uint8Array, urgent: boolean): void
  control(objects: readonly ControlObject[]): Promise<void>
}

/** The parts of a node that need no network: everything that one home's commands work on. */
export interface Core extends AsyncDisposable {
  readonly options: CoreOptions
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  readonly judging: Pick<Judging, 'add'>
  readonly sweeper: Sweeper
  readonly retention: Retention
  /** What is known of the store's soundness. */
  readonly health: StoreHealth
  readonly publisher: Publisher
  readonly query: QueryComponents
  /** Tokens, and the trail of what was asked. */
  readonly people: People
  /** The ACO's part of an ACO's home. Its operator key, and a passphrase for it, are asked for only once somebody needs it. */
  readonly authority: (() => Promise<Authority>) | undefined
  readonly signer: Signer
  readonly secretKey: Secret
  /** Addresses to dial first, by node key id, as the ACO gave them. Whoever answers there has to prove who it is. */
  readonly bootstrap: ReadonlyMap<Hex, readonly string[]>
  /** Where this node asks for renewal. */
  readonly urls: readonly string[]
  readonly clock: () => number
  /** Own newest certificate. */
  readonly own: () => KnownCertificate
  /** Connects the core to a mesh, or takes it off. */
  readonly attach: (outlet: Outlet | undefined) => void
  /** URLs at which the own enrolment service answers, once it does. */
  enrolmentUrls: (isLocal: boolean) => readonly string[]
}

/** Short beside the second or so that gossip takes to cross a cluster, and long beside a commit. */
const GATHER_MS = 50

/** Opens a home whose lock the caller holds. @throws HomeError, StoreError, TrustError */
export async function openCore(options: CoreOptions): Promise<Core> {
  const { paths, config, metrics } = options
  const clock = (): number => Date.now()
  await assertSound()
  const membership = await readMembership(paths)
  const key = await readOwnKey(paths.nodeKey, options.passphrase)
  const signer = nativeSignerOf(key.secret.expose())
  const ownKeyId = toHex(keyIdOf(nativeCrypto, key.publicKey))

  await using opening = new AsyncDisposableStack()
  const store = opening.use(await openSound({ paths }))
  const trust = await openTrust({ store, crypto: nativeCrypto, clock }, membership.chain[2] as Uint8Array)
  // The inclusion of the own certificate was checked when the home joined.
  await trust.admit(
    controlOf(membership),
    'file',
    new Set([toHex(nativeCrypto.sha256(membership.chain[0] as Uint8Array))]),
  )
  // A node whose status is stale still knows itself.
  await trust.adopt(membership.chain.slice(0, 2).map((bytes) => ({ kind: 'certificate', bytes })))
  const sweeper = await openSweeper(store)
  await sweeper.sweepTo(hourOf(clock()))
  const retention = createRetention(
    { store, asOf: () => sweeper.asOf },
    parseRetention(config.retention.keep),
  )
  const admission = opening.use(
    openAdmission({
      store,
      trust,
      crypto: nativeCrypto,
      clock,
      metrics,
      asOf: () => sweeper.asOf,
      clearance: () => own().certificate.claims.mesh.clearance,
      gatherMs: GATHER_MS,
    }),
  )
  let outlet: Outlet | undefined

  function own(): KnownCertificate {
    const known = trust.roster.ofKey(ownKeyId)[0]
    if (known === undefined)
      throw new ApiError('NOT_A_MEMBER', 'this home holds no certificate for its key: run `intelmesh join`')
    return known
  }

  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
  const logger = options.logger.scope('people')
  const people = opening.use(
    await openPeople({ store, trust, node: ownKeyId, config, logger, clock, random }),
  )
  const { ownDomains: domains, ownRanges: ranges, internalHosts: hosts } = config.gate
  const gate = createGate({ domains, ranges, hosts })
  const publisher = createPublisher({
    store,
    trust,
    admission,
    crypto: nativeCrypto,
    signer,
    own,
    clock,
    random,
    gate,
    allow: () => config.gate.allow,
    announce(compartment, batch, urgent) {
      outlet?.batch(compartment, batch, urgent)
      return outlet !== undefined
    },
  })
  const judging = opening.use(judgeAgain({ store, trust, admission, logger: options.logger }))

  const query: QueryComponents = {
    store,
    trust,
    crypto: nativeCrypto,
    gate,
    own,
    clock,
    clearance: () => own().certificate.claims.mesh.clearance,
    release: () => ({ hour: hourOf(clock()), isFresh: trust.isFresh() }),
  }
  const core: Core = {
    options,
    store,
    trust,
    admission,
    judging,
    sweeper,
    retention,
    health: createHealth(),
    publisher,
    query,
    people,
    authority: undefined,
    signer,
    secretKey: key.secret,
    bootstrap: bootstrapOf(membership),
    urls: membership.urls,
    clock,
    own,
    attach: (next) => (outlet = next),
    enrolmentUrls: () => config.enrolment.publicUrls,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
  const authority = ownAuthority(core, async (objects) => {
    await trust.adopt(objects)
    await outlet?.control(objects)
  })
  const opened = opening.move()
  return Object.assign(core, { authority })
}

/** A node whose OpenSSL accepts other signatures than the rule does must not join: it would see another set than everybody else. */
async function assertSound(): Promise<void> {
  const failures = await selfTest(nativeCrypto)
  if (failures.length > 0) {
    throw new HomeError(
      'HOME_DAMAGED',
      `this Node.js verifies signatures differently (${failures[0]?.description}): use the pinned version`,
    )
  }
}

/** What the home was joined with, as the ACO replied. @throws HomeError HOME_MISSING, HOME_DAMAGED */
export async function readMembership(paths: HomePaths): Promise<EnrolmentReply> {
  try {
    return decodeReply(new Uint8Array(await readFile(paths.certificates)))
  } catch (cause) {
    if (isMissing(cause)) {
      throw new HomeError(
        'HOME_MISSING',
        `${paths.home} holds no membership yet: run \`intelmesh join\`, or \`intelmesh install\` for a reply file`,
        { cause },
      )
    }
    throw new HomeError(
      'HOME_DAMAGED',
      `${paths.certificates} cannot be read: restore it from a backup, or join anew`,
      { cause },
    )
  }
}

function controlOf(membership: EnrolmentReply): readonly ControlObject[] {
  return [
    ...membership.chain.slice(0, 2).map((bytes) => ({ kind: 'certificate' as const, bytes })),
    { kind: 'beacon', bytes: membership.beacon },
    { kind: 'status-list', bytes: membership.statusList },
  ]
}

/** The contacts of a reply are not verified: their nodes' certificates come with the set `control`, after the first dial. */
function bootstrapOf({ contacts }: EnrolmentReply): ReadonlyMap<Hex, readonly string[]> {
  const claims = contacts.map((bytes) => parseSign1(CONTACT, bytes).claims)
  return new Map(claims.map(({ node, addresses }) => [toHex(node), addresses]))
}
