import type { Database } from './database.ts'
import { damaged } from './errors.ts'
import { createRewrittenRows } from './rewritten-rows.ts'
import { rowKey } from './sealed-row.ts'
import { tableOf, type TableName } from './tables.ts'

type Row = Uint8Array | undefined

/**
 * A database that gives no earlier version of a row than the last that was written through it, as long as it remembers that one. LevelDB
 * 1.20 may, while two versions lie in files of one level, as they may where a snapshot was open when files were merged
 * (google/leveldb#320). Merging those files ends it. Snapshots and ranges are not looked at.
 *
 * @see docs/spec/store.md, "Damage"
 */
export function checkDatabase(database: Database): Database {
  const rewritten = createRewrittenRows()
  /** Writes that have begun, and those that have ended. */
  let generation = 0

  /** What a row is now; one that was written meanwhile is not compared with anything. */
  async function current(table: TableName, key: Uint8Array): Promise<{ row: Row; agrees: boolean }> {
    const before = generation
    const row = await database.getHere(table, key)
    return { row, agrees: generation !== before || rewritten.agrees(table, key, row) }
  }

  async function readAgain(table: TableName, key: Uint8Array): Promise<Row> {
    // A write may have come between the reading and the look at it.
    const again = await current(table, key)
    if (again.agrees) return again.row
    const name = rowKey(table, key)
    await database.compact({ from: name, to: name })
    const merged = await current(table, key)
    if (!merged.agrees) throw damaged(`a row of the table ${table} is not as it was last written`)
    return merged.row
  }

  /** `row`, if it is as it was written, else what is read again. */
  function checked(table: TableName | undefined, key: Uint8Array, row: Row): Row | Promise<Row> {
    if (table === undefined || !rewritten.covers(table) || rewritten.agrees(table, key, row)) return row
    return readAgain(table, key)
  }

  /** {@link checked} for many, of which hardly ever one is read again. */
  async function checkedAll(
    rows: readonly Row[],
    placeOf: (at: number) => readonly [TableName | undefined, Uint8Array],
  ): Promise<readonly Row[]> {
    const results = rows.map((row, i) => checked(...placeOf(i), row))
    return results.some((each) => each instanceof Promise)
      ? Promise.all(results.map(async (each) => each))
      : (results as readonly Row[])
  }

  return {
    ...database,
    async get(table, key) {
      return checked(table, key, await database.get(table, key))
    },
    getHere(table, key) {
      const row = database.getHere(table, key)
      return row instanceof Promise ? row.then((each) => checked(table, key, each)) : checked(table, key, row)
    },
    async getMany(table, keys) {
      const rows = await database.getMany(table, keys)
      return checkedAll(rows, (at) => [table, keys[at] as Uint8Array])
    },
    async named(names) {
      const rows = await database.named(names)
      return checkedAll(rows, (at) => {
        const name = names[at] as Uint8Array
        return [tableOf(name[0]), name.subarray(1)]
      })
    },
    async hasMany(table, keys) {
      const there = await database.hasMany(table, keys)
      return Promise.all(
        keys.map(async (key, i) => {
          const known = rewritten.isThere(table, key)
          const isThere = there[i] === true
          return known === undefined || known === isThere
            ? isThere
            : (await readAgain(table, key)) !== undefined
        }),
      )
    },
    async write(operations, options) {
      const written = rewritten.writing(operations)
      generation += 1
      try {
        await database.write(operations, options)
        written()
      } finally {
        generation += 1
      }
    },
    async reopen() {
      rewritten.clear()
      await database.reopen()
    },
  }
}
