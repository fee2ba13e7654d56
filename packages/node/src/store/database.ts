import { crc32 } from 'node:zlib'
import { codeOf } from '@intelmesh/protocol'
import { Level } from 'level'
import { damaged, StoreError, storeErrorOf } from './errors.ts'
import type { TableName } from './tables.ts'

/** A row to write; without a value, to delete. */
export interface Operation {
  readonly table: TableName
  readonly key: string
  readonly value: Uint8Array | undefined
}

/** Which rows of a table, in ascending order of keys unless `reverse`. */
export interface Range {
  /** Only keys that begin with it. */
  readonly prefix?: string
  /** First key, if it is there. */
  readonly from?: string
  /** The first key that is out again. */
  readonly until?: string
  readonly reverse?: boolean
  readonly limit?: number
}

/** The tables as they stood at one moment. */
export interface DatabaseSnapshot extends AsyncDisposable {
  get(table: TableName, key: string): Promise<Uint8Array | undefined>
}

/**
 * LevelDB as tables whose rows carry a checksum of key and value, since LevelDB does not verify its own when it reads.
 * All methods throw StoreError: STORE_DAMAGED, STORE_IO, STORE_FULL, STORE_CLOSED.
 */
export interface Database extends AsyncDisposable {
  get(table: TableName, key: string): Promise<Uint8Array | undefined>
  getMany(table: TableName, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  hasMany(table: TableName, keys: readonly string[]): Promise<readonly boolean[]>
  entries(table: TableName, range: Range): AsyncIterable<readonly [key: string, value: Uint8Array]>
  /** How many rows there are, counted up to `range.limit`. */
  count(table: TableName, range: Range): Promise<number>
  /** Writes all or nothing, in order; with `sync` it is on disk on return. */
  write(operations: readonly Operation[], options: { readonly sync: boolean }): Promise<void>
  snapshot(): DatabaseSnapshot
  /** Closes LevelDB and opens it again: after a failed write it takes no more. Reads under way may fail. */
  reopen(): Promise<void>
}

/** Opens the LevelDB folder at `path`; with `create` there must be none. @throws StoreError */
export async function openDatabase(path: string, options: { readonly create: boolean }): Promise<Database> {
  return new LevelDatabase(path, await openLevel(path, options.create))
}

class LevelDatabase implements Database {
  private isClosed = false
  private readonly path: string
  private level: Level<string, Uint8Array>

  constructor(path: string, level: Level<string, Uint8Array>) {
    this.path = path
    this.level = level
  }

  get(table: TableName, key: string): Promise<Uint8Array | undefined> {
    return this.attempt(async () => unsealed(table, key, await this.level.get(rowKey(table, key))))
  }

  getMany(table: TableName, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.attempt(async () => {
      const values = await this.level.getMany(keys.map((key) => rowKey(table, key)))
      return values.map((value, i) => unsealed(table, keys[i] as string, value))
    })
  }

  hasMany(table: TableName, keys: readonly string[]): Promise<readonly boolean[]> {
    return this.attempt(() => this.level.hasMany(keys.map((key) => rowKey(table, key))))
  }

  async *entries(table: TableName, range: Range): AsyncIterable<readonly [string, Uint8Array]> {
    try {
      this.assertOpen()
      for await (const [key, value] of this.level.iterator(levelRange(table, range))) {
        const own = key.slice(table.length + 1)
        yield [own, unsealed(table, own, value) as Uint8Array]
      }
    } catch (error) {
      throw this.errorOf(error)
    }
  }

  count(table: TableName, range: Range): Promise<number> {
    return this.attempt(async () => {
      await using keys = this.level.keys({ ...levelRange(table, range), fillCache: false })
      for (let count = 0; ;) {
        const { length } = await keys.nextv(COUNT_STEP)
        if (length === 0) return count
        count += length
      }
    })
  }

  async write(operations: readonly Operation[], options: { readonly sync: boolean }): Promise<void> {
    const batch = operations.map(({ table, key, value }) =>
      value === undefined
        ? { type: 'del' as const, key: rowKey(table, key) }
        : { type: 'put' as const, key: rowKey(table, key), value: sealed(table, key, value) },
    )
    await this.attempt(() => this.level.batch(batch, options))
  }

  snapshot(): DatabaseSnapshot {
    this.assertOpen()
    const { level } = this
    const snapshot = level.snapshot()
    return {
      get: (table, key) =>
        this.attempt(async () => unsealed(table, key, await level.get(rowKey(table, key), { snapshot }))),
      [Symbol.asyncDispose]: () => snapshot.close(),
    }
  }

  async reopen(): Promise<void> {
    await this.attempt(() => this.level.close())
    this.level = await openLevel(this.path, false)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true
    await this.level.close()
  }

  private async attempt<T>(action: () => Promise<T>): Promise<T> {
    this.assertOpen()
    try {
      return await action()
    } catch (error) {
      throw this.errorOf(error)
    }
  }

  private assertOpen(): void {
    if (this.isClosed) throw closed()
  }

  private errorOf(error: unknown): Error {
    return this.isClosed ? closed() : storeErrorOf(error)
  }
}

async function openLevel(path: string, create: boolean): Promise<Level<string, Uint8Array>> {
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
    const known = storeErrorOf(error)
    // Whatever keeps LevelDB from opening its files, other than a lock or a full disk, is a fault of the files.
    throw codeOf(known) === 'STORE_IO' ? damaged('LevelDB cannot open its files', error) : known
  }
  return level
}

function closed(): StoreError {
  return new StoreError('STORE_CLOSED', 'the store was closed')
}

function rowKey(table: TableName, key: string): string {
  return `${table}!${key}`
}

function levelRange(
  table: TableName,
  range: Range,
): { gte: string; lt: string; reverse: boolean; limit: number } {
  const { prefix = '', from = prefix, until = prefix + LAST, reverse = false, limit = -1 } = range
  return { gte: rowKey(table, from), lt: rowKey(table, until), reverse, limit }
}

function sealed(table: TableName, key: string, value: Uint8Array): Uint8Array {
  const row = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES)
  row.set(value)
  row.writeUInt32BE(crc32(value, crc32(rowKey(table, key))), value.length)
  return row
}

function unsealed(table: TableName, key: string, row: Uint8Array | undefined): Uint8Array | undefined {
  if (row === undefined) return undefined
  const length = row.length - CHECKSUM_BYTES
  const value = new Uint8Array(row.buffer, row.byteOffset, Math.max(length, 0))
  const isWhole =
    length >= 0 &&
    new DataView(row.buffer, row.byteOffset).getUint32(length) === crc32(value, crc32(rowKey(table, key)))
  if (!isWhole) throw damaged(`a row of the table ${table} is not as it was written`)
  return value
}

const CHECKSUM_BYTES = 4
/** Above every character that a key goes on with. */
const LAST = '\u{10ffff}'
const COUNT_STEP = 10_000
/** LevelDB's own default is 8 MiB, less than the inner nodes of its indexes for some million records. */
const BLOCK_CACHE_BYTES: number = 32 * 1024 * 1024
