import { leafHash } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import type { Database } from './database.ts'
import { damaged } from './errors.ts'
import type { Hex, RecordQuery, Store, StoredRecord } from './interface.ts'
import { observableKey, orderKey, textKey, trailingNumber } from './keys.ts'
import { toHex } from './row-encoding.ts'
import { type Arrival, decodeArrival, decodeRecord } from './rows.ts'
import type { Range } from './table-reads.ts'
import type { TableName } from './tables.ts'

type RecordReads = Pick<
  Store,
  | 'record'
  | 'records'
  | 'idsWithPrefix'
  | 'hasRecords'
  | 'queryRecords'
  | 'newestOfType'
  | 'recordsOfAuthor'
  | 'recordsOfHeader'
  | 'lookup'
  | 'versions'
  | 'referring'
  | 'tombstonesOf'
  | 'expiring'
>

/** Postings of one value are counted up to here: what more there are changes nobody's mind. */
const MAX_COUNTED = 10_000

/** The part of the store that reads records. */
export function recordReads(database: Database): RecordReads {
  return {
    async record(id) {
      return verifyRecord(id, await database.get('records', id))
    },
    records: (ids) => recordsOf(database, ids),
    async idsWithPrefix(prefix, limit) {
      const ids: Hex[] = []
      for await (const [id] of database.entries('records', { prefix, limit })) ids.push(id)
      return ids
    },
    hasRecords: (ids) => database.hasMany('records', ids),
    queryRecords: (query) => queryRecords(database, query),
    async *newestOfType(type) {
      let ids: Hex[] = []
      for await (const [, row] of database.entries('byType', { prefix: textKey(type), reverse: true })) {
        ids.push(decodeArrival(row).id)
        if (ids.length < READ_STEP) continue
        yield* await recordsOf(database, ids)
        ids = []
      }
      yield* await recordsOf(database, ids)
    },
    async *recordsOfAuthor(author) {
      for await (const [, id] of database.entries('byAuthor', { prefix: author })) yield toHex(id)
    },
    recordsOfHeader: (header) => idsIn(database, 'byHeader', { prefix: header }),
    async lookup(observable, limit) {
      const prefix = observableKey(observable)
      const ids = await idsIn(database, 'byObservable', { prefix, reverse: true, limit })
      const isAll = ids.length < limit
      const total = isAll ? ids.length : await database.count('byObservable', { prefix, limit: MAX_COUNTED })
      return { ids, total }
    },
    versions: (stixId) => idsIn(database, 'byStixId', { prefix: textKey(stixId), reverse: true }),
    referring: (stixId, limit) =>
      idsIn(database, 'byReference', { prefix: textKey(stixId), reverse: true, limit }),
    tombstonesOf: (id) => idsIn(database, 'byTarget', { prefix: id }),
    expiring: (hour, limit) => idsIn(database, 'byExpiry', { until: orderKey(hour + 1), limit }),
  }
}

/**
 * Decodes a row of the table `records`. The id is the hash of the leaf: what was verified when it came in is what goes out.
 *
 * @throws StoreError STORE_DAMAGED
 */
export function verifyRecord(id: Hex, row: Uint8Array | undefined): StoredRecord | undefined {
  if (row === undefined) return undefined
  const record = decodeRecord(id, row)
  if (toHex(leafHash(nativeCrypto, record.leaf)) !== id)
    throw damaged(`record ${id} is not as it was written`)
  return record
}

/** A record that was removed since its id was read is passed over. */
async function recordsOf(database: Database, ids: readonly Hex[]): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = []
  for (let at = 0; at < ids.length; at += READ_STEP) {
    const step = ids.slice(at, at + READ_STEP)
    const rows = await database.getMany('records', step)
    records.push(...rows.flatMap((row, i) => verifyRecord(step[i] as Hex, row) ?? []))
  }
  return records
}

/** Records in the order of arrival; fewer than the limit only where there are no more. */
async function queryRecords(database: Database, query: RecordQuery): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = []
  let ids: Hex[] = []
  async function read(): Promise<void> {
    records.push(...(await recordsOf(database, ids)))
    ids = []
  }
  for await (const arrival of arrivals(database, query)) {
    if (!isAskedFor(arrival, query)) continue
    ids.push(arrival.id)
    if (records.length + ids.length >= query.limit || ids.length >= READ_STEP) await read()
    if (records.length >= query.limit) return records
  }
  await read()
  return records
}

/** What may be asked for, by the narrowest index that a query allows. */
async function* arrivals(database: Database, query: RecordQuery): AsyncIterable<Arrival> {
  const { stixId, type, organisation, afterSequence } = query
  if (stixId !== undefined) return yield* arrivalsOfVersions(database, stixId, afterSequence)
  const [table, prefix] =
    type !== undefined
      ? (['byType', textKey(type)] as const)
      : organisation !== undefined
        ? (['byOrganisation', organisation] as const)
        : (['arrival', ''] as const)
  const range = { prefix, from: prefix + orderKey(afterSequence + 1) }
  for await (const [, row] of database.entries(table, range)) yield decodeArrival(row)
}

async function* arrivalsOfVersions(
  database: Database,
  stixId: string,
  after: number,
): AsyncIterable<Arrival> {
  const places: number[] = []
  for await (const [key] of database.entries('byStixId', { prefix: textKey(stixId) }))
    places.push(trailingNumber(key))
  for (const place of places.sort((a, b) => a - b)) {
    const row = place > after ? await database.get('arrival', orderKey(place)) : undefined
    if (row !== undefined) yield decodeArrival(row)
  }
}

function isAskedFor(arrival: Arrival, { type, tlp, organisation, plainOnly }: RecordQuery): boolean {
  return (
    (type === undefined || arrival.type === type) &&
    (tlp === undefined || arrival.tlp === tlp) &&
    (organisation === undefined || arrival.organisation === organisation) &&
    !(plainOnly && arrival.isTombstone)
  )
}

async function idsIn(database: Database, table: TableName, range: Range): Promise<readonly Hex[]> {
  const ids: Hex[] = []
  for await (const [, id] of database.entries(table, range)) ids.push(toHex(id))
  return ids
}

/** Records read at once: with the largest there are, 16 MiB. */
const READ_STEP = 64
