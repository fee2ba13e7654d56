import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
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
  readonly key: string
  readonly value: Uint8Array | undefined
}

/** Rows of a table from one key to another, both included. */
export interface RowRange {
  readonly table: TableName
  readonly from: string
  readonly to: string
}

/** LevelDB as tables whose rows carry checksums. */
export interface Database extends TableReads, AsyncDisposable {
  /** Writes all or nothing, in order; with `sync` it is on disk on return. @throws StoreError STORE_FULL, STORE_IO, STORE_CLOSED */
  write(operations: readonly Operation[], options: { readonly sync: boolean }): Promise<void>
  /** The tables as they stand now. */
  snapshot(): TableReads & AsyncDisposable
  /**
   * Writes out what waits in memory, rewrites the files that hold rows of a range, so that nothing is left in them of what was
   * deleted or replaced, and deletes the files that nobody needs. What a reader under way may still ask for stays.
   */
  compact(range?: RowRange): Promise<void>
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

  return {
    ...createTableReads(source),
    async write(operations, { sync }) {
      const batch = operations.map(({ table, key, value }) => {
        const name = rowKey(table, key)
        if (value === undefined) return { type: 'del' as const, key: name }
        return { type: 'put' as const, key: name, value: sealRow(name, value) }
      })
      const current = source.level()
      await current.batch(batch, { sync }).catch((error: unknown) => {
        throw source.errorOf(error)
      })
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
      const [from, to] =
        range === undefined
          ? [BEYOND, BEYOND]
          : [rowKey(range.table, range.from), rowKey(range.table, range.to)]
      await current.compactRange(from, to).catch((error: unknown) => {
        throw source.errorOf(error)
      })
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
  const level = new Level<string, Uint8Array>(path, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
    createIfMissing: create,
    errorIfExists: create,
    cacheSize: BLOCK_CACHE_BYTES,
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
type CompactingLevel = BytesLevel & { compactRange(from: string, to: string): Promise<void> }

/** After every row. */
const BEYOND = '~'
const FILE_MISSING = /no such file|does not exist/i
/** LevelDB's own default is 8 MiB, less than the inner nodes of its indexes for some million records. */
const BLOCK_CACHE_BYTES: number = 32 * 1024 * 1024
