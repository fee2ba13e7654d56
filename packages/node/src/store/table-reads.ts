import type { Level } from 'level'
import type { Readers } from './readers.ts'
import { openRow, rowKey } from './sealed-row.ts'
import type { TableName } from './tables.ts'

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

/** Reads tables. All methods throw StoreError: STORE_DAMAGED, STORE_IO, STORE_CLOSED. */
export interface TableReads {
  get(table: TableName, key: string): Promise<Uint8Array | undefined>
  getMany(table: TableName, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  hasMany(table: TableName, keys: readonly string[]): Promise<readonly boolean[]>
  entries(table: TableName, range: Range): AsyncIterable<readonly [key: string, value: Uint8Array]>
  /** How many rows there are, counted up to `range.limit`. */
  count(table: TableName, range: Range): Promise<number>
}

/** LevelDB with text for keys and bytes for values. */
export type BytesLevel = Level<string, Uint8Array>

/** Where reads come from: LevelDB as it is open now, or as it stood at a moment. */
export interface LevelSource {
  /** @throws StoreError STORE_CLOSED */
  level(): BytesLevel
  /** Says what is known of an error of LevelDB. */
  errorOf(error: unknown): Error
  /** Told of every read while it lasts. */
  readonly readers: Pick<Readers, 'enter'>
  readonly snapshot?: ReturnType<BytesLevel['snapshot']>
}

/** Reads tables of LevelDB and checks every row that has a value. */
export function createTableReads(source: LevelSource): TableReads {
  const options = source.snapshot === undefined ? {} : { snapshot: source.snapshot }

  async function attempt<T>(action: (level: BytesLevel) => Promise<T>): Promise<T> {
    const level = source.level()
    const leave = source.readers.enter()
    try {
      return await action(level)
    } catch (error) {
      throw source.errorOf(error)
    } finally {
      leave()
    }
  }

  return {
    get: (table, key) =>
      attempt(async (level) => {
        const name = rowKey(table, key)
        const row = await level.get(name, options)
        return row === undefined ? undefined : openRow(name, row)
      }),
    getMany: (table, keys) =>
      attempt(async (level) => {
        const names = keys.map((key) => rowKey(table, key))
        const rows = await level.getMany(names, options)
        return rows.map((row, i) => (row === undefined ? undefined : openRow(names[i] as string, row)))
      }),
    hasMany: (table, keys) =>
      attempt((level) =>
        level.hasMany(
          keys.map((key) => rowKey(table, key)),
          options,
        ),
      ),
    async *entries(table, range) {
      const level = source.level()
      const leave = source.readers.enter()
      try {
        await using iterator = level.iterator({ ...levelRange(table, range), ...options })
        for (;;) {
          const rows = await iterator.nextv(ENTRIES_STEP)
          if (rows.length === 0) return
          for (const [name, row] of rows) yield [name.slice(table.length + 1), openRow(name, row)]
        }
      } catch (error) {
        throw source.errorOf(error)
      } finally {
        leave()
      }
    },
    count: (table, range) =>
      attempt(async (level) => {
        await using keys = level.keys({ ...levelRange(table, range), ...options, fillCache: false })
        for (let count = 0; ;) {
          const { length } = await keys.nextv(COUNT_STEP)
          if (length === 0) return count
          count += length
        }
      }),
  }
}

function levelRange(
  table: TableName,
  range: Range,
): { gte: string; lt: string; reverse: boolean; limit: number } {
  const { prefix = '', from = prefix, until = prefix + LAST, reverse = false, limit = -1 } = range
  return { gte: rowKey(table, from), lt: rowKey(table, until), reverse, limit }
}

/** Above every character that a key goes on with. */
const LAST = '\u{10ffff}'
const COUNT_STEP = 10_000
/** Rows taken from LevelDB at once; it gives fewer where they are large. */
const ENTRIES_STEP = 256
