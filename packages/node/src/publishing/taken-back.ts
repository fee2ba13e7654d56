import { createHash } from 'node:crypto'
import { isWithin, parseLeaf, type RetractionReason, type TlpLabel } from '@intelmesh/protocol'
import {
  type Observable,
  observablesOf,
  parseQuery,
  soleObservablesOf,
  type StixObject,
} from '@intelmesh/stix'
import type { TakenBack } from '../admission/index.ts'
import type { Store, StoreChanges } from '../store/index.ts'
import type { PublishingParts } from './components.ts'

/** That somebody took an own object back because it should not have been published. */
export interface TakenBackRow {
  readonly reason: RetractionReason
  /** ISO 8601. */
  readonly at: string
  /** The widest label under which it was published. */
  readonly tlp: TlpLabel
}

/** Of what is taken back for another reason, the same words may come again by themselves. */
const LASTING: ReadonlySet<RetractionReason> = new Set(['false-positive', 'error', 'leak'])

/**
 * Notes what a node of the own organisation takes back: no other of its nodes shall publish it again either. What this node takes
 * back is noted before, unless its home was restored from a time when it had not.
 */
export async function noteTakenBack(
  { store, crypto, organisation, own, clock }: PublishingParts,
  records: readonly TakenBack[],
): Promise<void> {
  for (const { record, tombstones } of records) {
    if (record.organisation !== organisation()) continue
    for (const { author, leaf } of tombstones) {
      const { reason } = parseLeaf(crypto, leaf).body
      const isNoted = author === own().keyId && (await isTakenBack(store, record))
      if (isNoted || reason === undefined) continue
      const ledger = await takenBackRows(store, [record], { reason, nowMs: clock() })
      if (Object.keys(ledger).length > 0) await store.commit({ ledger }, { sync: false })
    }
  }
}

async function isTakenBack(
  store: Pick<Store, 'ledger'>,
  { stixId }: { readonly stixId?: string },
): Promise<boolean> {
  return stixId !== undefined && (await store.ledger(PREFIX + stixId)) !== undefined
}

/** What was taken back, as rows to be written; none for a reason that does not last. */
export async function takenBackRows(
  store: Pick<Store, 'ledger'>,
  targets: readonly TakenBackTarget[],
  { reason, nowMs }: { readonly reason: RetractionReason; readonly nowMs: number },
): Promise<NonNullable<StoreChanges['ledger']>> {
  const rows: Record<string, TakenBackRow> = {}
  if (!LASTING.has(reason)) return rows
  for (const target of targets) {
    for (const key of keysOf(target)) {
      const before = rows[key] ?? ((await store.ledger(key)) as TakenBackRow | undefined)
      const widest = before !== undefined && isWithin(before.tlp, target.tlp) ? before.tlp : target.tlp
      rows[key] = { reason, at: new Date(nowMs).toISOString(), tlp: widest }
    }
  }
  return rows
}

/** As much of a record as says what may not come again. */
interface TakenBackTarget {
  readonly stixId?: string
  readonly stixType?: string
  readonly tlp: TlpLabel
  readonly observables?: readonly Observable[]
}

/** Under its id; and an indicator of one value under that value too, which another feed names with another id. */
function keysOf({ stixId, stixType, observables = [] }: TakenBackTarget): readonly string[] {
  const [only, ...others] = observables
  const isOneValue = stixType === 'indicator' && only !== undefined && others.length === 0
  return [...(stixId === undefined ? [] : [PREFIX + stixId]), ...(isOneValue ? [valueKey(only)] : [])]
}

/** A hash: rows of the ledger stay when the record is erased. */
function valueKey({ type, value }: Observable): string {
  return `${PREFIX}value/${createHash('sha256').update(`${type} ${value}`).digest('hex')}`
}

/** Whether somebody took an object back, or the plain value that it is made of, as far as who asks may know. */
export async function takenBackOf(
  store: Pick<Store, 'ledger'>,
  { object, isValue }: { readonly object: StixObject; readonly isValue: boolean },
  clearance: TlpLabel,
): Promise<TakenBackRow | undefined> {
  const values = isValue ? soleObservablesOf(object).map(valueKey) : []
  for (const key of [PREFIX + object.id, ...values]) {
    const row = (await store.ledger(key)) as TakenBackRow | undefined
    if (row !== undefined && isWithin(row.tlp, clearance)) return row
  }
  return undefined
}

/** What an override calls all that was taken back. */
const ALL = 'taken-back'

/** Whether an override names the object: by its STIX id, by a value that it names, or as taken back. */
export function isAllowedAgain(object: StixObject, allow: readonly string[]): boolean {
  if (allow.includes(ALL) || allow.includes(object.id)) return true
  const values = new Set(observablesOf(object).observables.map(({ type, value }) => `${type} ${value}`))
  return allow.some((text) =>
    parseQuery(text).some(
      ({ relation, type, value }) => relation === 'exact' && values.has(`${type} ${value}`),
    ),
  )
}

const PREFIX = 'taken-back/'
