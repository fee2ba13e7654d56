import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Gate } from '@intelmesh/gate'
import {
  type ControlObject,
  type DataCompartment,
  keyIdOf,
  type Signer,
  type TlpLabel,
  toHex,
} from '@intelmesh/protocol'
import {
  memberCalled,
  seededRandom,
  signerNamed,
  START,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import { enrolled, openMembership } from '../../../../test/support/authority/test-newcomer.ts'
import { type Admission, hourOf, openAdmission, openSweeper, type Sweeper } from '../admission/index.ts'
import type { InviteRequest } from '../aco-api.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { Membership } from '../joining/index.ts'
import { NO_METRICS } from '../observe/index.ts'
import { createPublisher, type Publisher } from '../publishing/index.ts'
import type { QueryComponents } from '../query/index.ts'
import { createStore, type Hex, openStore, type Store } from '../store/index.ts'
import { type KnownCertificate, openTrust, type Trust } from '../trust/index.ts'

/** What a publisher handed to its mesh. */
export interface Announced {
  readonly compartment: DataCompartment
  readonly batch: Uint8Array
  readonly urgent: boolean
}

/** A publisher whose caller may see all that the node may, unless another clearance is given. */
export interface TestPublisher {
  publish(...asked: Asked<'publish'>): ReturnType<Publisher['publish']>
  amend(...asked: Asked<'amend'>): ReturnType<Publisher['amend']>
  comment(...asked: Asked<'comment'>): ReturnType<Publisher['comment']>
  retract(...asked: Asked<'retract'>): ReturnType<Publisher['retract']>
  feeds(clearance?: TlpLabel): ReturnType<Publisher['feeds']>
}

type Asked<Verb extends keyof Publisher> = [request: Parameters<Publisher[Verb]>[0], clearance?: TlpLabel]

/** A member of a test ACO's cluster without a network: everything from its store to its answers, under the ACO's clock. */
export interface TestNode extends AsyncDisposable {
  readonly name: string
  readonly membership: Membership
  readonly signer: Signer
  /** Its node key id. */
  readonly node: Hex
  /** Folder of its store. */
  readonly path: string
  store: Store
  trust: Trust
  admission: Admission
  sweeper: Sweeper
  publisher: TestPublisher
  query: QueryComponents
  readonly own: () => KnownCertificate
  /** Added to the ACO's clock, in ms. */
  skewMs: number
  /** What its publisher asks; as long as nobody sets another, one that finds nothing. */
  gate: Gate
  /** What its configuration lets through. */
  allow: readonly string[]
  /** What it published, oldest first. */
  readonly announced: Announced[]
  /** Takes all that the ACO has said so far, in one go, and its log. */
  hear(): Promise<void>
  /** Closes the store and opens everything anew, as after a restart; with a path, on the store that is there. */
  restart(path?: string): Promise<void>
}

/** Enrols an organisation of that name and gives its node, which has heard all that the ACO has said. */
export async function createTestNode(
  aco: TestAco,
  name: string,
  rest: Partial<InviteRequest> = {},
): Promise<TestNode> {
  return openTestNode(aco, name, (await enrolled(aco, name, rest)).membership)
}

/** A further node of an organisation, whose key is named `name`. */
export async function createSecondNode(aco: TestAco, of: TestNode, name: string): Promise<TestNode> {
  const organisation = toHex(of.own().certificate.claims.mesh.organisation)
  const { invite } = await aco.authority.invite(memberCalled(of.name, { organisation }))
  return openTestNode(aco, name, await openMembership(aco, name, invite))
}

async function openTestNode(aco: TestAco, name: string, membership: Membership): Promise<TestNode> {
  const folder = await mkdtemp(join(tmpdir(), 'intelmesh-node-'))
  const path = join(folder, 'store')
  const signer = signerNamed(name)
  const keyId = toHex(keyIdOf(nativeCrypto, signer.publicKey))
  await createStore({ path, id: keyId.slice(0, 32), createdAt: START })
  const random = seededRandom(name)
  const announced: Announced[] = []
  const clock = (): number => aco.now + (node.skewMs ?? 0)

  function own(): KnownCertificate {
    return node.trust.roster.ofKey(keyId)[0] as KnownCertificate
  }

  async function open(
    place = path,
  ): Promise<Pick<TestNode, 'store' | 'trust' | 'admission' | 'sweeper' | 'publisher' | 'query'>> {
    const store = await openStore({ path: place })
    const components = { store, crypto: nativeCrypto, clock }
    const trust = await openTrust(components, membership.chain[2]?.bytes as Uint8Array)
    const sweeper = await openSweeper(store)
    const clearance = (): ReturnType<QueryComponents['clearance']> => own().certificate.claims.mesh.clearance
    const admission = openAdmission({
      ...components,
      trust,
      metrics: NO_METRICS,
      asOf: () => sweeper.asOf,
      clearance,
    })
    const announce = (compartment: DataCompartment, batch: Uint8Array, urgent: boolean): boolean =>
      announced.push({ compartment, batch, urgent }) > 0
    const publisher = createPublisher({
      ...components,
      trust,
      admission,
      signer,
      own,
      random,
      announce,
      gate: { checkObject: (object) => node.gate.checkObject(object), checkValue: () => [] },
      allow: () => node.allow,
    })
    const release = (): ReturnType<QueryComponents['release']> => ({
      hour: hourOf(clock()),
      isFresh: trust.isFresh(),
    })
    return {
      store,
      trust,
      admission,
      sweeper,
      publisher: withClearance(publisher, clearance),
      query: { ...components, trust, clearance, release, own, gate: { checkValue: () => [] } },
    }
  }

  const node = {
    name,
    membership,
    signer,
    node: keyId,
    path,
    own,
    skewMs: 0,
    gate: { checkObject: () => [], checkValue: () => [] },
    allow: [],
    announced,
    async hear() {
      await node.trust.admit(aco.announced, 'file')
      if (node.store.logSize < aco.store.logSize)
        await node.trust.extendLog(await aco.store.logHashes(node.store.logSize, aco.store.logSize))
    },
    async restart(place = path) {
      await node.admission[Symbol.asyncDispose]()
      await node.store[Symbol.asyncDispose]()
      Object.assign(node, await open(place))
    },
    async [Symbol.asyncDispose]() {
      await node.admission[Symbol.asyncDispose]()
      await node.store[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  } as Omit<TestNode, keyof Awaited<ReturnType<typeof open>>> as TestNode
  Object.assign(node, await open())
  await node.trust.admit(controlOf(membership), 'file', new Set([certificateId(membership)]))
  await node.sweeper.sweepTo(hourOf(clock()))
  await node.hear()
  return node
}

function withClearance(publisher: Publisher, own: () => TlpLabel): TestPublisher {
  return {
    publish: (request, clearance = own()) => publisher.publish(request, clearance),
    amend: (request, clearance = own()) => publisher.amend(request, clearance),
    comment: (request, clearance = own()) => publisher.comment(request, clearance),
    retract: (request, clearance = own()) => publisher.retract(request, clearance),
    feeds: (clearance = own()) => publisher.feeds(clearance),
  }
}

function certificateId({ chain }: Membership): Hex {
  return toHex(nativeCrypto.sha256(chain[0].bytes))
}

function controlOf({ chain, beacon, statusList }: Membership): readonly ControlObject[] {
  return [
    ...chain.map(({ bytes }) => ({ kind: 'certificate' as const, bytes })),
    { kind: 'beacon', bytes: beacon.bytes },
    { kind: 'status-list', bytes: statusList },
  ]
}
