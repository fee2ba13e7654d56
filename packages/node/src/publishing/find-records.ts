import { isWithin, type TlpLabel } from '@intelmesh/protocol'
import { parseQuery } from '@intelmesh/stix'
import { ApiError } from '../errors.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import type { PublishingParts } from './components.ts'

type Reads = Pick<PublishingParts, 'store'>

/** Ids that are read for one beginning. */
const MAX_ALIKE = 16
/** Records that are read for one value. */
export const MAX_NAMING = 10_000

/** Whether a text has the form of a STIX id. */
export function isStixId(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]*--[0-9a-f-]{36}$/.test(text)
}

/** Whether a text can be a record id, or the beginning of one. */
function isRecordId(text: string): boolean {
  return /^[0-9a-f]{8,64}$/.test(text)
}

/**
 * A record by its id, or by a beginning that no other record has; never one above `clearance`, nor a tombstone.
 *
 * @throws ApiError RECORD_AMBIGUOUS
 */
export async function recordCalled(
  { store }: Reads,
  id: string,
  clearance: TlpLabel,
): Promise<StoredRecord | undefined> {
  if (!isRecordId(id)) return undefined
  const found: StoredRecord[] = []
  for (const full of await store.idsWithPrefix(id, MAX_ALIKE)) {
    const record = await store.record(full)
    if (record !== undefined && mayName(record, clearance)) found.push(record)
  }
  if (found.length > 1)
    throw new ApiError('RECORD_AMBIGUOUS', `${id} may be ${found.map((record) => record.id).join(' or ')}`)
  return found[0]
}

/** Whether anybody published an object of that id that `clearance` covers. */
export async function isHeld({ store }: Reads, stixId: string, clearance: TlpLabel): Promise<boolean> {
  return (await store.versionsAt(stixId, ({ tlp }) => isWithin(tlp, clearance))).length > 0
}

/**
 * Records that name a value exactly, newest arrival first, as far as `clearance` goes: of everybody, or of one organisation. Ends
 * after {@link MAX_NAMING}. Anybody may name any value as often as it likes: take no more than are needed.
 */
export async function* recordsNaming(
  { store }: Reads,
  value: string,
  { clearance, organisation }: { readonly clearance: TlpLabel; readonly organisation?: Hex },
): AsyncIterable<StoredRecord> {
  const ids = new Set<Hex>()
  for (const { relation, type, value: normal } of parseQuery(value)) {
    if (relation !== 'exact') continue
    const found = await store.lookup(
      { type, value: normal },
      MAX_NAMING,
      (row) =>
        isWithin(row.tlp, clearance) && (organisation === undefined || row.organisation === organisation),
    )
    for (const id of found.ids) ids.add(id)
  }
  for (const id of [...ids].slice(0, MAX_NAMING)) {
    const record = await store.record(id)
    if (record !== undefined && mayName(record, clearance)) yield record
  }
}

/** Words for what is not there, and for what who asks may not know of. */
export function notFound(what: string): string {
  return `no record ${what} here`
}

function mayName({ tlp, retracts }: StoredRecord, clearance: TlpLabel): boolean {
  return retracts.length === 0 && isWithin(tlp, clearance)
}
