import type { Compartment, ControlObject, DataCompartment, Signer } from '@intelmesh/protocol'
import { MAC_KEY_BYTES, toHex } from '@intelmesh/protocol'
import {
  type Admission,
  hourOf,
  openAdmission,
  openSweeper,
  type Sweeper,
} from '../../packages/node/src/admission/index.ts'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import type { Membership as Material } from '../../packages/node/src/joining/index.ts'
import { NO_METRICS, SILENT_LOGGER } from '../../packages/node/src/observe/index.ts'
import { createPublisher, type Publisher } from '../../packages/node/src/publishing/index.ts'
import { type Judging, judgeAgain } from '../../packages/node/src/running/judge-again.ts'
import type { Hex, Store } from '../../packages/node/src/store/index.ts'
import {
  breathe,
  createCellKeeper,
  createSameSets,
  type SyncComponents,
} from '../../packages/node/src/syncing/index.ts'
import {
  type KnownCertificate,
  openTrust,
  peerMaySee,
  type Trust,
} from '../../packages/node/src/trust/index.ts'
import type { Chance } from './chance.ts'
import type { Disk } from './disk.ts'
import { openStoreOnDisk } from './open-store.ts'
import type { Owner, Timeline } from './timeline.ts'

/** Whose parts they are. */
export interface Identity {
  readonly name: string
  readonly signer: Signer
  readonly keyId: Hex
  readonly membership: Pick<Material, 'chain' | 'beacon' | 'statusList'>
}

/** What the parts of a node reach the world by. */
export interface Ports {
  readonly timeline: Timeline
  readonly chance: Chance
  /** The own clock, which may be wrong. */
  readonly clock: () => number
  readonly owner: Owner
  /** Told of every verdict on what came to the door. */
  readonly judged: (code: string) => void
  /** Told of own batches before they are stored. */
  readonly said: (batch: Uint8Array) => void
  /** Sends an own batch out, and says whether there was a mesh to send it to. */
  readonly announce: (compartment: DataCompartment, batch: Uint8Array, urgent: boolean) => boolean
}

/** The core of a node, as the program puts it together, without network, home and interfaces. */
export interface Parts extends AsyncDisposable {
  readonly store: Store
  readonly trust: Trust
  readonly sweeper: Sweeper
  readonly admission: Admission
  readonly judging: Judging
  readonly publisher: Publisher
  readonly sync: SyncComponents
  readonly own: () => KnownCertificate
  readonly maySee: (node: Hex, compartment: Compartment) => boolean
}

/** Opens them on a disk. @throws StoreError, TrustError */
export async function openParts(identity: Identity, disk: Disk, ports: Ports): Promise<Parts> {
  const { signer, keyId, membership } = identity
  const { clock, chance, owner, said, announce } = ports
  await using opening = new AsyncDisposableStack()
  const store = opening.use(await openStoreOnDisk(disk, owner))
  const crypto = nativeCrypto
  const trust = await openTrust({ store, crypto, clock }, membership.chain[2]?.bytes as Uint8Array)
  await trust.admit(controlOf(membership), 'file', new Set([toHex(crypto.sha256(membership.chain[0].bytes))]))
  const sweeper = await openSweeper(store)
  await sweeper.sweepTo(hourOf(clock()))
  const own = (): KnownCertificate => trust.roster.ofKey(keyId)[0] as KnownCertificate
  const common = { store, trust, crypto, clock }
  const admission = opening.use(
    openAdmission({
      ...common,
      metrics: { ...NO_METRICS, admission: ports.judged },
      asOf: () => sweeper.asOf,
      clearance: () => own().certificate.claims.mesh.clearance,
    }),
  )
  const judging = opening.use(judgeAgain({ store, trust, admission, logger: SILENT_LOGGER }))
  const random = chance.fork(`random ${disk.identity.openings}`)
  const publisher = createPublisher({
    ...common,
    admission: {
      ...admission,
      admitBatch(bytes, ...rest) {
        said(bytes)
        return admission.admitBatch(bytes, ...rest)
      },
    },
    signer,
    own,
    random: (length) => random.bytes(length),
    announce,
    gate: { checkObject: () => [], checkValue: () => [] },
    allow: () => [],
  })
  const maySee = (node: Hex, compartment: Compartment): boolean =>
    peerMaySee(trust, clock(), node, compartment)
  const newKey = (): Uint8Array => random.bytes(MAC_KEY_BYTES)
  const sync: SyncComponents = {
    ...common,
    cells: opening.use(createCellKeeper({ store, clock, newKey, breathe })),
    newKey,
    breathe,
    floorOf: () => 0,
    admission,
    sweeper,
    hour: () => hourOf(clock()),
    maySee,
    sameSets: createSameSets(store, clock),
    penalise: () => undefined,
    onBreach: () => undefined,
  }
  const opened = opening.move()
  return {
    store,
    trust,
    sweeper,
    admission,
    judging,
    publisher,
    sync,
    own,
    maySee,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function controlOf({ chain, beacon, statusList }: Identity['membership']): readonly ControlObject[] {
  return [
    ...chain.map(({ bytes }) => ({ kind: 'certificate' as const, bytes })),
    { kind: 'beacon', bytes: beacon.bytes },
    { kind: 'status-list', bytes: statusList },
  ]
}
