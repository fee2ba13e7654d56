import { type Hasher, type TlpLabel, toHex, utf8Bytes } from '@intelmesh/protocol'
import type { Hex, RecordRow, Store, StoredRecord } from '../store/index.ts'

/** What a node remembers of a record that a tombstone took out of its store: nothing of what the record said. */
export interface Grave {
  readonly author: Hex
  readonly organisation: Hex
  readonly set: RecordRow['set']
  readonly tlp: TlpLabel
  /** In decimal: JSON has no integers of 64 bits. */
  readonly hlc: string
  readonly expires: number
  readonly arrivedAt: number
  /** Its place in the order of arrival; absent when the tombstone was here first. */
  readonly sequence?: number
}

/** The grave of a record as an entry of the store's ledger. */
export function graveEntry(record: RecordRow | StoredRecord): readonly [string, Grave] {
  const { author, organisation, set, tlp, hlc, expires, arrivedAt } = record
  const place = 'sequence' in record ? { sequence: record.sequence } : {}
  const grave = { author, organisation, set, tlp, hlc: String(hlc), expires, arrivedAt, ...place }
  return [GRAVES + record.id, grave]
}

/** What is remembered of a record that was taken back. */
export async function graveOf(store: Pick<Store, 'ledger'>, id: Hex): Promise<Grave | undefined> {
  return (await store.ledger(GRAVES + id)) as Grave | undefined
}

/** By which a grave is found for a STIX id, as an entry of the ledger; none for what bears no STIX id. */
export function graveMark(
  hasher: Hasher,
  { id, stixId, organisation, expires }: Pick<RecordRow, 'id' | 'stixId' | 'organisation' | 'expires'>,
): readonly [string, GraveMark] | undefined {
  return stixId === undefined ? undefined : [`${marksOf(hasher, stixId)}${organisation}/${id}`, { expires }]
}

/** Hours as in {@link Grave}. */
export interface GraveMark {
  readonly expires: number
}

/**
 * Ids of the records of a STIX id that were taken back, at most `mostOfEach` of an organisation. What a leak took back is not among
 * them. Anybody may publish under a STIX id and take it back as often as it likes: {@link MAX_MARKS} are looked at.
 */
export async function gravesOfObject(
  store: Pick<Store, 'ledgerRows'>,
  hasher: Hasher,
  stixId: string,
  { mostOfEach, of = '' }: { readonly mostOfEach: number; readonly of?: Hex },
): Promise<readonly Hex[]> {
  const prefix = marksOf(hasher, stixId)
  const byOrganisation = new Map<Hex, Hex[]>()
  let looked = 0
  for await (const [key] of store.ledgerRows(of === '' ? prefix : `${prefix}${of}/`)) {
    const [organisation = '', id = ''] = key.slice(prefix.length).split('/')
    const ids = byOrganisation.get(organisation) ?? []
    byOrganisation.set(organisation, ids)
    if (ids.length < mostOfEach) ids.push(id)
    if (++looked >= MAX_MARKS) break
  }
  return [...byOrganisation.values()].flat()
}

const MAX_MARKS = 10_000

/** A hash, since the id of a plain value tells the value to who can guess it. */
function marksOf(hasher: Hasher, stixId: string): string {
  return `${GRAVES}of/${toHex(hasher.sha256(utf8Bytes(stixId)))}/`
}

/** The prefix of all rows of graves. They go with their tombstones, when the records would have expired. */
export const GRAVES = 'graves/'
