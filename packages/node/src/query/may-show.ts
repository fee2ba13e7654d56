import type { Gate } from '@intelmesh/gate'
import {
  type Crypto,
  type DataCompartment,
  DATA_COMPARTMENTS,
  isWithin,
  labelOf,
  mayRelease,
  type ReleaseContext,
  type Summary,
  SYNC_SETS,
  type SyncSet,
  type TlpLabel,
} from '@intelmesh/protocol'
import type { RecordRow, Store } from '../store/index.ts'
import type { KnownCertificate, Trust } from '../trust/index.ts'

/** What questions are answered from, for one asker. */
export interface QueryComponents {
  readonly store: Store
  readonly trust: Trust
  readonly crypto: Crypto
  readonly clock: () => number
  /** The highest label that the asker may see. */
  readonly clearance: () => TlpLabel
  readonly release: () => ReleaseContext
  readonly own: () => KnownCertificate
  readonly gate: Pick<Gate, 'checkValue'>
}

/** Whether the asker may be shown a record: the release policy says. */
export function mayShow(
  { trust, clearance, release }: QueryComponents,
  record: Pick<RecordRow, 'tlp' | 'expires'>,
): boolean {
  const releasable = { tlp: record.tlp, cluster: trust.cluster, expires: record.expires }
  return mayRelease(releasable, 'recipient', { kind: 'own', clearance: clearance() }, 'show', release())
    .allowed
}

/** Data compartments of which somebody cleared for a label may not know what is in them. */
export function hiddenFrom(clearance: TlpLabel): readonly DataCompartment[] {
  return DATA_COMPARTMENTS.filter((compartment) => !isWithin(labelOf(compartment), clearance))
}

/** The sets of which somebody cleared for a label may know that they exist, with what stands in them. */
export function visibleSets(
  store: Pick<Store, 'rootOf'>,
  clearance: TlpLabel,
): readonly (readonly [SyncSet, Summary])[] {
  const hidden = hiddenFrom(clearance)
  return SYNC_SETS.filter((set) => !hidden.some((compartment) => compartment === set.split('/')[0])).map(
    (set) => [set, store.rootOf(set)],
  )
}

/** How many records somebody cleared for a label may know of. */
export function visibleRecords(store: Pick<Store, 'rootOf'>, clearance: TlpLabel): number {
  return visibleSets(store, clearance)
    .filter(([set]) => set !== 'control' && set !== 'register')
    .reduce((total, [, { count }]) => total + count, 0)
}
