import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { codeOf } from '@intelmesh/protocol'
import { Level } from 'level'
import { damaged, StoreError, storeErrorOf } from './errors.ts'
import { createReaders } from './readers.ts'
import { rowKey, sealRow } from './sealed-row.ts'
import { type BytesLevel, createTableReads, type LevelSource, type TableReads } from './table-reads.ts'
import type { TableName } from './tables.ts'

/** A row to write; without a value, to delete. */
export interface Operation {
  readonly table: TableName
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** Rows of a table from one key to another, both included. */
export interface RowRange {
  readonly table: TableName
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** Keys in LevelDB from one to another, both included. */
export interface KeyRange {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** A row to write as it lies in LevelDB. */
export interface SealedRow {
  readonly name: Uint8Array
  /** Value and checksum. */
  readonly sealed: Uint8Array
}

/** LevelDB as tables whose rows carry checksums. */
export interface Database extends TableReads, AsyncDisposable {
  /**
   * Writes all or nothing, in order; with `sync` it is on disk on return. The bytes may be used again once the promise is there.
   *
   * @throws StoreError STORE_FULL, STORE_IO, STORE_CLOSED
   */
  write(operations: readonly (Operation | SealedRow)[], options: { readonly sync: boolean }): Promise<void>
  /** The tables as they stand now. */
  snapshot(): TableReads & AsyncDisposable
  /**
   * Writes out what waits in memory, rewrites the files that hold rows of a range, so that nothing is left in them of what was
   * deleted or replaced, and deletes the files that nobody needs. What a reader under way may still ask for stays.
   */
  compact(range?: KeyRange): Promise<void>
  /** Deletes the rows of any table whose keys in LevelDB are at or after one, and before another. */
  clear(from: Uint8Array, until: Uint8Array): Promise<void>
  /**
   * Names of the files of LevelDB's tables that its newest MANIFEST names: they are whole, never change, and no other table ever
   * gets their names. None where rows are kept elsewhere.
   */
  tables(): readonly string[]
  /** Bytes of the files; none of what is kept in memory. */
  bytes(): Promise<number>
  /** Resolves once all reads that are under way now have ended. */
  readersGone(): Promise<void>
  /** Closes LevelDB and opens it again: after a failed write it takes no more. Reads under way may fail. */
  reopen(): Promise<void>
}

/** Opens the LevelDB folder at `path`; with `create` there must be none. @throws StoreError */
export function openDatabase(path: string, options: { readonly create: boolean }): Promise<Database> {
  return openDatabaseOn((create) => openLevel(path, create), options)
}

/** {@link openDatabase} on whatever keeps rows as LevelDB does. */
export async function openDatabaseOn(
  openRows: (create: boolean) => Promise<BytesLevel>,
  options: { readonly create: boolean },
): Promise<Database> {
  let level = await openRows(options.create)
  let isClosed = false
  const readers = createReaders()

  const source: LevelSource = {
    level() {
      if (isClosed) throw closed()
      return level
    },
    errorOf: (error) => (isClosed ? closed() : storeErrorOf(error)),
    readers,
  }

  async function attempt(action: Promise<unknown>): Promise<void> {
    await action.catch((error: unknown) => {
      throw source.errorOf(error)
    })
  }

  return {
    ...createTableReads(source),
    async write(operations, { sync }) {
      // Twice as quick as an array of operations, each of which the library copies.
      const batch = source.level().batch()
      let row = 0
      for (const operation of operations) {
        if (++row % ROWS_A_TURN === 0) await nextTurn()
        if ('sealed' in operation) batch.put(operation.name, operation.sealed)
        else if (operation.value === undefined) batch.del(rowKey(operation.table, operation.key))
        else {
          const { name, sealed } = sealRow(operation.table, operation.key, operation.value)
          batch.put(name, sealed)
        }
      }
      await attempt(batch.write({ sync }))
    },
    snapshot() {
      const current = source.level()
      const snapshot = current.snapshot()
      const leave = readers.enter()
      return {
        ...createTableReads({ ...source, level: () => current, snapshot }),
        async [Symbol.asyncDispose]() {
          await snapshot.close()
          leave()
        },
      }
    },
    async compact(range) {
      const current = source.level() as CompactingLevel
      const { from, to } = range ?? { from: BEYOND, to: BEYOND }
      await attempt(current.compactRange(from, to))
    },
    async clear(from, until) {
      await attempt(source.level().clear({ gte: from, lt: until }))
    },
    tables() {
      const { getProperty, status } = source.level() as BytesLevel & Partial<TablesLevel>
      // After a failed write it may be closed, and not have opened again.
      if (getProperty === undefined || status !== 'open') return []
      const numbers = getProperty.call(level, 'leveldb.sstables').matchAll(TABLE_LINE)
      return Array.from(numbers, ([, number = '']) => `${number.padStart(6, '0')}.ldb`)
    },
    async bytes() {
      const { location } = source.level() as BytesLevel & { readonly location?: string }
      if (location === undefined) return 0
      const sizes = (await readdir(location)).map((name) => stat(join(location, name)).catch(() => undefined))
      return (await Promise.all(sizes)).reduce((sum, file) => sum + (file?.size ?? 0), 0)
    },
    readersGone: () => readers.gone(),
    async reopen() {
      await source.level().close()
      level = await openRows(false)
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await level.close()
    },
  }
}

async function openLevel(path: string, create: boolean): Promise<BytesLevel> {
  const level = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    createIfMissing: create,
    errorIfExists: create,
    cacheSize: BLOCK_CACHE_BYTES,
    writeBufferSize: WRITE_BUFFER_BYTES,
  })
  try {
    await level.open()
  } catch (error) {
    const fault = storeErrorOf(error)
    const isMissing = codeOf(fault) === 'STORE_IO' && FILE_MISSING.test(fault.message)
    throw isMissing ? damaged('files of LevelDB are missing', error) : fault
  }
  return level
}

function closed(): StoreError {
  return new StoreError('STORE_CLOSED', 'the store was closed')
}

/** What `level` is on Node, which its types leave out. */
type CompactingLevel = BytesLevel & { compactRange(from: Uint8Array, to: Uint8Array): Promise<void> }
type TablesLevel = BytesLevel & { getProperty(name: 'leveldb.sstables'): string }
/** ` NUMBER:BYTES[FIRST KEY .. LAST KEY]`, where the keys are escaped. */
const TABLE_LINE = /^ (\d+):\d+\[/gm

/** After every row. */
const BEYOND: Uint8Array = Uint8Array.of(0xff)
const FILE_MISSING = /no such file|does not exist/i
/** LevelDB's own default is 8 MiB, less than the inner nodes of its indexes for some million records. */
/** Rows that are handed to LevelDB in some milliseconds. */
const ROWS_A_TURN = 4096
const BLOCK_CACHE_BYTES: number = 32 * 1024 * 1024
/**
 * What LevelDB gathers before it writes a table: what a crash leaves to read again, and twice as much of memory. Of half as much, twice
 * as many tables have to be merged, which takes longer than all else that LevelDB does for new records.
 */
export const WRITE_BUFFER_BYTES: number = 16 * 1024 * 1024
