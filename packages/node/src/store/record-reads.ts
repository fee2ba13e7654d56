import { isWithin, leafHash } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import type { Database } from './database.ts'
import { damaged } from './errors.ts'
import type { Arrival, Hex, RecordQuery, Store, StoredRecord, Wanted } from './interface.ts'
import { observableKey, orderKey, textKey, trailingNumber } from './keys.ts'
import { toHex } from './row-encoding.ts'
import { decodeArrival, decodeRecord } from './rows.ts'
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
  | 'namedByTombstones'
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
    async *newestOfType(type, isWanted = () => true) {
      let ids: Hex[] = []
      const range = { prefix: textKey(type), reverse: true, limit: MAX_ASKED }
      for await (const [, row] of database.entries('byType', range)) {
        const arrival = decodeArrival(row)
        if (!isWanted(arrival)) continue
        ids.push(arrival.id)
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
    async lookup(observable, limit, isWanted) {
      const prefix = observableKey(observable)
      if (isWanted !== undefined) {
        const wanted = await idsWanted(database, 'byObservable', { prefix, reverse: true }, isWanted)
        return { ids: wanted.slice(0, limit), total: wanted.length }
      }
      const ids = await idsIn(database, 'byObservable', { prefix, reverse: true, limit })
      const isAll = ids.length < limit
      const total = isAll ? ids.length : await database.count('byObservable', { prefix, limit: MAX_COUNTED })
      return { ids, total }
    },
    versions: (stixId, isWanted) =>
      idsOf(database, 'byStixId', { prefix: textKey(stixId), reverse: true }, isWanted),
    async referring(stixId, limit, isWanted) {
      const range = { prefix: textKey(stixId), reverse: true, ...(isWanted === undefined && { limit }) }
      return (await idsOf(database, 'byReference', range, isWanted)).slice(0, limit)
    },
    tombstonesOf: (id, isWanted) => idsOf(database, 'byTarget', { prefix: id }, isWanted),
    namedByTombstones: (ids) =>
      Promise.all(ids.map(async (id) => (await database.count('byTarget', { prefix: id, limit: 1 })) > 0)),
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
  const later = places.filter((place) => place > after).sort((a, b) => a - b)
  for (let at = 0; at < later.length; at += ASK_STEP) {
    const rows = await database.getMany('arrival', later.slice(at, at + ASK_STEP).map(orderKey))
    for (const row of rows) if (row !== undefined) yield decodeArrival(row)
  }
}

function isAskedFor(arrival: Arrival, { type, tlp, within, organisation, plainOnly }: RecordQuery): boolean {
  return (
    (type === undefined || arrival.type === type) &&
    (tlp === undefined || arrival.tlp === tlp) &&
    (within === undefined || isWithin(arrival.tlp, within)) &&
    (organisation === undefined || arrival.organisation === organisation) &&
    !(plainOnly && arrival.isTombstone)
  )
}

async function idsIn(database: Database, table: TableName, range: Range): Promise<readonly Hex[]> {
  const ids: Hex[] = []
  for await (const [, id] of database.entries(table, range)) ids.push(toHex(id))
  return ids
}

function idsOf(
  database: Database,
  table: TableName,
  range: Range,
  isWanted: Wanted | undefined,
): Promise<readonly Hex[]> {
  return isWanted === undefined ? idsIn(database, table, range) : idsWanted(database, table, range, isWanted)
}

/** Ids in an index whose keys end in a place of arrival, as far as their records are wanted. */
async function idsWanted(
  database: Database,
  table: TableName,
  range: Range,
  isWanted: Wanted,
): Promise<readonly Hex[]> {
  const ids: Hex[] = []
  let places: string[] = []
  async function ask(): Promise<void> {
    const rows = await database.getMany('arrival', places)
    places = []
    const arrivals = rows.flatMap((row) => (row === undefined ? [] : decodeArrival(row)))
    ids.push(...arrivals.filter(isWanted).map(({ id }) => id))
  }
  for await (const [key] of database.entries(table, { ...range, limit: MAX_ASKED })) {
    places.push(orderKey(trailingNumber(key)))
    if (places.length >= ASK_STEP) await ask()
  }
  if (places.length > 0) await ask()
  return ids
}

/** Rows of an index of which it is asked whether their records are wanted: a second's work. */
const MAX_ASKED = 100_000
const ASK_STEP = 512
/** Records read at once: with the largest there are, 16 MiB. */
const READ_STEP = 64
