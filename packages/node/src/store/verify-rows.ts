import type { Database } from './database.ts'
import { damaged } from './errors.ts'
import { orderKey, readNumber } from './keys.ts'
import { recordIn, sequenceIn } from './record-reads.ts'
import { fromHex } from './row-encoding.ts'
import type { TableReads } from './table-reads.ts'
import { TABLE_NAMES, type TableName } from './tables.ts'

/**
 * Reads every row of every table in the way that readers find it, and gives their number; `onRows` is told how far it is.
 *
 * @throws StoreError STORE_DAMAGED at the first that is not as it was written
 */
export async function verifyRows(
  database: Database,
  signal: AbortSignal,
  onRows: (rows: number) => void = () => undefined,
): Promise<number> {
  await using snapshot = database.snapshot()
  let rows = 0
  for (const table of TABLE_NAMES) {
    let keys: Uint8Array[] = []
    for await (const [key] of snapshot.entries(table, {})) {
      signal.throwIfAborted()
      keys.push(key)
      rows++
      if (keys.length < VERIFY_STEP) continue
      await findAll(snapshot, table, keys)
      keys = []
      onRows(rows)
    }
    await findAll(snapshot, table, keys)
  }
  return rows
}

/** A scan comes past rows that a damaged index of LevelDB hides from a look-up. */
async function findAll(reads: TableReads, table: TableName, keys: readonly Uint8Array[]): Promise<void> {
  const rows = await reads.getMany(table, keys)
  const missing = rows.findIndex((row) => row === undefined)
  if (missing >= 0) throw damaged(`a row of the table ${table} is not found under its key`)
  if (table === 'records') await findIds(reads, keys, rows)
  if (table === 'ids') await findRecords(reads, rows)
}

/** Nor does a scan come past a row that LevelDB takes for deleted: of a record, its id tells. */
async function findRecords(reads: TableReads, rows: readonly (Uint8Array | undefined)[]): Promise<void> {
  const places = rows.flatMap((row) => sequenceIn(row) ?? [])
  const found = await reads.hasMany('records', places.map(orderKey))
  const missing = found.indexOf(false)
  if (missing >= 0) throw damaged(`record ${places[missing]} in the order of arrival is missing`)
}

/** A record whose leaf is another one than was verified is not found under its id. */
async function findIds(
  reads: TableReads,
  keys: readonly Uint8Array[],
  rows: readonly (Uint8Array | undefined)[],
): Promise<void> {
  const records = keys.flatMap((key, i) => recordIn(rows[i], readNumber(key, 0, key.length)) ?? [])
  const places = await reads.getMany(
    'ids',
    records.map(({ id }) => fromHex(id)),
  )
  for (const [i, { id, sequence }] of records.entries())
    if (sequenceIn(places[i]) !== sequence) throw damaged(`record ${id} is not as it was written`)
}

/** Records are the largest rows: 16 MiB of the largest there can be. */
const VERIFY_STEP = 64
