import type { Database } from './database.ts'
import { damaged } from './errors.ts'
import { verifyRecord } from './record-reads.ts'
import type { TableReads } from './table-reads.ts'
import { TABLES, type TableName } from './tables.ts'

/**
 * Reads every row of every table in the way that readers find it, and gives their number.
 *
 * @throws StoreError STORE_DAMAGED at the first that is not as it was written
 */
export async function verifyRows(database: Database, signal: AbortSignal): Promise<number> {
  await using snapshot = database.snapshot()
  let rows = 0
  for (const table of TABLES) {
    let keys: string[] = []
    for await (const [key] of snapshot.entries(table, {})) {
      signal.throwIfAborted()
      keys.push(key)
      rows++
      if (keys.length < VERIFY_STEP) continue
      await findAll(snapshot, table, keys)
      keys = []
    }
    await findAll(snapshot, table, keys)
  }
  return rows
}

/** A scan comes past rows that a damaged index of LevelDB hides from a look-up. */
async function findAll(reads: TableReads, table: TableName, keys: readonly string[]): Promise<void> {
  const rows = await reads.getMany(table, keys)
  for (const [i, row] of rows.entries()) {
    if (row === undefined) throw damaged(`a row of the table ${table} is not found under its key`)
    if (table === 'records') verifyRecord(keys[i] as string, row)
  }
}

/** Records are the largest rows: 16 MiB of the largest there can be. */
const VERIFY_STEP = 64
