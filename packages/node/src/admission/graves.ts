import type { TlpLabel } from '@intelmesh/protocol'
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

/** Keys of graves whose records would have expired by `hour`: their tombstones go with them. */
export async function expiredGraves(store: Store, hour: number): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const [key, value] of store.ledgerRows(GRAVES)) {
    if ((value as Grave).expires <= hour) keys.push(key)
  }
  return keys
}

const GRAVES = 'graves/'
