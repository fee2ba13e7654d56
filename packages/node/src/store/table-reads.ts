import type { Level } from 'level'
import { keyAfter } from './keys.ts'
import type { Readers } from './readers.ts'
import { openRow, rowKey } from './sealed-row.ts'
import { TABLES, type TableName } from './tables.ts'

/** Which rows of a table, in ascending order of keys unless `reverse`. */
export interface Range {
  /** Only keys that begin with it. */
  readonly prefix?: Uint8Array
  /** First key, if it is there. */
  readonly from?: Uint8Array
  /** The first key that is out again. */
  readonly until?: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

/** Reads tables. All methods throw StoreError: STORE_DAMAGED, STORE_IO, STORE_CLOSED. */
export interface TableReads {
  get(table: TableName, key: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * As `get`, on this thread where LevelDB is below: for a single small row, which costs several times as much by way of another
   * thread.
   */
  getHere(table: TableName, key: Uint8Array): Promise<Uint8Array | undefined> | Uint8Array | undefined
  getMany(table: TableName, keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>
  hasMany(table: TableName, keys: readonly Uint8Array[]): Promise<readonly boolean[]>
  entries(table: TableName, range: Range): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
  /** How many rows there are, counted up to `range.limit`. */
  count(table: TableName, range: Range): Promise<number>
  /** Rows of any table, by their keys in LevelDB. */
  named(names: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>
  /** Rows of all tables by their keys in LevelDB, from one on and before another. */
  rows(from: Uint8Array, until: Uint8Array): AsyncIterable<readonly [name: Uint8Array, value: Uint8Array]>
}

/** LevelDB with bytes for keys and values. */
export type BytesLevel = Level<Uint8Array, Uint8Array> & {
  /** What `level` has on Node, and its types leave out. */
  getSync?(key: Uint8Array, options: GetOptions): Uint8Array | undefined
}

interface GetOptions {
  readonly snapshot?: ReturnType<Level<Uint8Array, Uint8Array>['snapshot']>
}

/** Where reads come from: LevelDB as it is open now, or as it stood at a moment. */
export interface LevelSource {
  /** @throws StoreError STORE_CLOSED */
  level(): BytesLevel
  /** Says what is known of an error of LevelDB. */
  errorOf(error: unknown): Error
  /** Told of every read while it lasts. */
  readonly readers: Pick<Readers, 'enter'>
  readonly snapshot?: ReturnType<Level<Uint8Array, Uint8Array>['snapshot']>
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

  async function* iterate(range: LevelRange): AsyncIterable<readonly [name: Uint8Array, value: Uint8Array]> {
    const level = source.level()
    const leave = source.readers.enter()
    try {
      await using iterator = level.iterator({ ...range, ...options })
      for (let step = FIRST_STEP; ; step = Math.min(step * 4, ENTRIES_STEP)) {
        const rows = await iterator.nextv(step)
        if (rows.length === 0) return
        for (const [name, row] of rows) yield [name, openRow(name, row)]
      }
    } catch (error) {
      throw source.errorOf(error)
    } finally {
      leave()
    }
  }

  function named(names: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return attempt(async (level) => {
      if (names.length === 0) return []
      const rows = await level.getMany([...names], options)
      return rows.map((row, i) => (row === undefined ? undefined : openRow(names[i] as Uint8Array, row)))
    })
  }

  function get(table: TableName, key: Uint8Array): Promise<Uint8Array | undefined> {
    return attempt(async (level) => {
      const name = rowKey(table, key)
      const row = await level.get(name, options)
      return row === undefined ? undefined : openRow(name, row)
    })
  }

  return {
    get,
    getHere(table, key) {
      const level = source.level()
      if (level.getSync === undefined) return get(table, key)
      const name = rowKey(table, key)
      try {
        const row = level.getSync(name, options)
        return row === undefined ? undefined : openRow(name, row)
      } catch (error) {
        throw source.errorOf(error)
      }
    },
    getMany: (table, keys) => named(keys.map((key) => rowKey(table, key))),
    named,
    hasMany: (table, keys) =>
      attempt((level) =>
        level.hasMany(
          keys.map((key) => rowKey(table, key)),
          options,
        ),
      ),
    async *entries(table, range) {
      for await (const [name, value] of iterate(levelRange(table, range))) yield [name.subarray(1), value]
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
    rows: (from, until) => iterate({ gte: from, lt: until, reverse: false, limit: -1 }),
  }
}

interface LevelRange {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly reverse: boolean
  readonly limit: number
}

function levelRange(table: TableName, range: Range): LevelRange {
  const { prefix = NOTHING, from = prefix, until = keyAfter(prefix), reverse = false, limit = -1 } = range
  const lt = until === undefined ? Uint8Array.of(TABLES[table] + 1) : rowKey(table, until)
  return { gte: rowKey(table, from), lt, reverse, limit }
}

const NOTHING = new Uint8Array()
const COUNT_STEP = 10_000
/**
 * Rows taken from LevelDB at once, more each time; it gives fewer where they are large. The native half of an iterator keeps those
 * that it gave last, and room for as many as were asked for, until V8 collects it, which does not know of that memory: most
 * readings want a row or two, and a few thousand of them would take as much as a million records.
 */
const FIRST_STEP = 2
const ENTRIES_STEP = 256
