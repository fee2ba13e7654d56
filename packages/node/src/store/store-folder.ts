import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from '@intelmesh/protocol'
import { type Database, openDatabase, type Operation } from './database.ts'
import { StoreError, storeErrorOf } from './errors.ts'
import { syncFolder, writeIdentity } from './identity-file.ts'
import { encodeSentinel, SENTINEL, type Sentinel } from './state-rows.ts'

/** Name of the file that {@link readIdentity} reads, within a store's folder. */
export const IDENTITY = 'store.id'
/** Name of the file in which what is in memory of the index is kept between openings. */
export const SIDECAR = 'sidecar'
/** Name of the file of {@link createTableSums}. */
export const TABLE_SUMS = 'tables.crc32'
/** Name of LevelDB's folder within a store's folder. */
export const LEVEL = 'level'

/**
 * Makes the folder of a store that was never opened: `fill` writes all rows but the sentinel, which it gives. The folder appears
 * whole or not at all.
 *
 * @throws StoreError STORE_EXISTS when there is anything at the path; STORE_FULL, STORE_IO, and whatever `fill` throws
 */
export async function makeStoreFolder(
  path: string,
  fill: (database: Database) => Promise<Sentinel>,
): Promise<void> {
  const draft = `${path}.new`
  if ((await entriesOf(path)).length > 0)
    throw new StoreError('STORE_EXISTS', `${path} is not empty: choose another folder`)
  try {
    await attempt(() => rm(draft, { recursive: true, force: true }))
    await attempt(() => mkdir(draft, { recursive: true, mode: 0o700 }))
    {
      await using database = await openDatabase(join(draft, LEVEL), { create: true })
      const sentinel = await fill(database)
      await database.write([sentinelRow(sentinel)], { sync: true })
      await attempt(() => writeIdentity(join(draft, IDENTITY), { id: sentinel.id, openings: 0 }))
    }
    await attempt(() => rename(draft, path))
    await attempt(() => syncFolder(dirname(path)))
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

/** The row that says who a store is. */
export function sentinelRow(sentinel: Sentinel): Operation {
  return { table: 'state', key: SENTINEL, value: encodeSentinel(sentinel) }
}

/** Names in a folder; none where there is no folder. @throws StoreError STORE_IO */
export async function entriesOf(path: string): Promise<readonly string[]> {
  return readdir(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw storeErrorOf(error)
  })
}

async function attempt(action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (error) {
    throw storeErrorOf(error)
  }
}
