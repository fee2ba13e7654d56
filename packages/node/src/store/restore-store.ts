import { MeshError } from '@intelmesh/protocol'
import type { Database, Operation } from './database.ts'
import { StoreError } from './errors.ts'
import type { Hex } from './interface.ts'
import { SCHEMA } from './open-store.ts'
import { readDump, type ReadDump } from './read-dump.ts'
import { decodeSentinel, type Sentinel } from './state-rows.ts'
import { checkState, loadState } from './state.ts'
import { makeStoreFolder } from './store-folder.ts'

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

/** Gives the sentinel of the store that was dumped, which is not written. */
async function writeRows(database: Database, { schema, rows }: ReadDump): Promise<Sentinel> {
  let sentinel: Sentinel | undefined
  let batch: Operation[] = []
  let bytes = 0
  for await (const { table, key, value } of rows) {
    if (table === 'state' && key === 'sentinel') {
      sentinel = readable(() => decodeSentinel(value))
      continue
    }
    batch.push({ table, key, value })
    bytes += key.length + value.length
    if (bytes < BATCH_BYTES && batch.length < BATCH_ROWS) continue
    await database.write(batch, { sync: false })
    batch = []
    bytes = 0
  }
  await database.write(batch, { sync: true })
  if (sentinel?.schema !== schema) throw mismatch(undefined)
  return sentinel
}

/** What opening checks has to hold for the rows: otherwise there would be a store that does not open. */
async function assertWhole(database: Database): Promise<void> {
  try {
    await checkState(database, await loadState(database))
  } catch (error) {
    throw isOfDisk(error) ? error : mismatch(error)
  }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw mismatch(error)
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
const BATCH_ROWS = 10_000
