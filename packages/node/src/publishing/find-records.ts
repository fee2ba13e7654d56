import { isWithin, type TlpLabel } from '@intelmesh/protocol'
import { parseQuery } from '@intelmesh/stix'
import { ApiError } from '../errors.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import type { PublishingParts } from './components.ts'

type Reads = Pick<PublishingParts, 'store'>

/** Ids that are read for one beginning. */
const MAX_ALIKE = 16
/** Records that are read for one value. */
const MAX_NAMING = 10_000

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

/** Every version of an object, whoever published it, that `clearance` covers. */
export async function versionsOf(
  { store }: Reads,
  stixId: string,
  clearance: TlpLabel,
): Promise<readonly StoredRecord[]> {
  return readAll({ store }, await store.versions(stixId), clearance)
}

/** Records that name a value exactly, newest arrival first, as far as `clearance` goes. `isAll` is false where more were not read. */
export async function recordsNaming(
  { store }: Reads,
  value: string,
  clearance: TlpLabel,
): Promise<{ readonly records: readonly StoredRecord[]; readonly isAll: boolean }> {
  const ids = new Set<Hex>()
  let isAll = true
  for (const { relation, type, value: normal } of parseQuery(value)) {
    if (relation !== 'exact') continue
    const found = await store.lookup({ type, value: normal }, MAX_NAMING)
    isAll &&= found.ids.length < MAX_NAMING
    for (const id of found.ids) ids.add(id)
  }
  return { records: await readAll({ store }, [...ids], clearance), isAll }
}

/** Words for what is not there, and for what who asks may not know of. */
export function notFound(what: string): string {
  return `no record ${what} here`
}

async function readAll(
  { store }: Reads,
  ids: readonly Hex[],
  clearance: TlpLabel,
): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = []
  for (const id of ids) {
    const record = await store.record(id)
    if (record !== undefined && mayName(record, clearance)) records.push(record)
  }
  return records
}

function mayName({ tlp, retracts }: StoredRecord, clearance: TlpLabel): boolean {
  return retracts.length === 0 && isWithin(tlp, clearance)
}
