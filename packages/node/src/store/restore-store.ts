import { MeshError } from '@intelmesh/protocol'
import type { Database, SealedRow } from './database.ts'
import { malformed } from './dump-format.ts'
import { StoreError } from './errors.ts'
import type { Hex } from './interface.ts'
import { isEarlierRow } from './earlier-rows.ts'
import { clearEarlier, migrateTo3 } from './migrate-to-3.ts'
import { SCHEMA } from './open-store.ts'
import { readDump, type ReadDump } from './read-dump.ts'
import { decodeSentinel, SENTINEL, type Sentinel } from './state-rows.ts'
import { checkState, loadState } from './state.ts'
import { makeStoreFolder } from './store-folder.ts'
import { tableOf } from './tables.ts'

/** What a restored store is made of. */
export interface RestoreStoreOptions {
  /** Folder to make; there may be nothing in it. */
  readonly path: string
  /** 16 random bytes: the restored store is not the one that was dumped, which may live on. */
  readonly id: Hex
}

/**
 * Makes a store of what `Store.dump` gave, in whatever pieces it comes, and leaves it closed. The folder appears once everything was
 * read and checked, or not at all. Errors of `dump` itself pass unchanged.
 *
 * @throws StoreError STORE_EXISTS when there is anything at the path; BACKUP_MALFORMED, BACKUP_TRUNCATED, BACKUP_MISMATCH,
 * BACKUP_NEWER; STORE_FULL, STORE_IO
 * @see docs/spec/store.md, "Dumps"
 */
export async function restoreStore(
  { path, id }: RestoreStoreOptions,
  dump: AsyncIterable<Uint8Array>,
): Promise<void> {
  const pieces = dump[Symbol.asyncIterator]()
  try {
    await makeStoreFolder(path, async (database) => {
      const read = await readDump(pieces)
      if (read.schema > SCHEMA.version) {
        const expected = `expected schema ${SCHEMA.version} or less, got ${read.schema}`
        throw new StoreError('BACKUP_NEWER', `${expected}: upgrade this program`)
      }
      const sentinel = await writeRows(database, read)
      await assertWhole(database)
      return { ...sentinel, id, openings: 0 }
    })
  } finally {
    await pieces.return?.()
  }
}

/** Gives the sentinel of the store that was dumped, which is not to be that of the new one. */
async function writeRows(database: Database, { schema, rows }: ReadDump): Promise<Sentinel> {
  let batch: SealedRow[] = []
  let bytes = 0
  for await (const { name, sealed } of rows) {
    if (schema >= FIRST_SCHEMA ? tableOf(name[0]) === undefined : !isEarlierRow(name))
      throw malformed('a row is of no table of a store')
    batch.push({ name, sealed })
    bytes += name.length + sealed.length
    if (bytes < BATCH_BYTES && batch.length < BATCH_ROWS) continue
    await database.write(batch, { sync: false })
    batch = []
    bytes = 0
  }
  await database.write(batch, { sync: true })
  const sentinel = await sentinelIn(database)
  if (sentinel === undefined || (schema >= FIRST_SCHEMA && sentinel.schema !== schema))
    throw mismatch(undefined)
  return sentinel
}

/** Brings rows of an earlier schema to this one. */
async function sentinelIn(database: Database): Promise<Sentinel | undefined> {
  try {
    const row = await database.get('state', SENTINEL)
    if (row !== undefined) return decodeSentinel(row)
    const sentinel = await migrateTo3(database)
    await clearEarlier(database)
    return sentinel
  } catch (error) {
    throw isOfDisk(error) ? error : mismatch(error)
  }
}

/** What opening checks has to hold for the rows: otherwise there would be a store that does not open. */
async function assertWhole(database: Database): Promise<void> {
  try {
    await checkState(database, await loadState(database))
  } catch (error) {
    throw isOfDisk(error) ? error : mismatch(error)
  }
}

function isOfDisk(error: unknown): boolean {
  return !(error instanceof MeshError) || (error instanceof StoreError && error.code !== 'STORE_DAMAGED')
}

function mismatch(cause: unknown): StoreError {
  return new StoreError('BACKUP_MISMATCH', 'the rows do not make a whole store: take another backup', {
    cause,
  })
}

const BATCH_BYTES: number = 4 * 1024 * 1024
/** The schema from which on keys begin with the byte of their table. */
const FIRST_SCHEMA = 3
const BATCH_ROWS = 10_000
