import type { Database } from '../database.ts'
import { rowKey } from '../sealed-row.ts'
import { tableOf, type TableName } from '../tables.ts'

/** A database that does what LevelDB 1.20 may where a snapshot was open when files were merged. */
export interface FaultyDatabase {
  readonly database: Database
  /** While it is set, rows that are written over, or deleted, are read as they were before, until files are merged. */
  isFaulty: boolean
  /** Whether merging helps. */
  heals: boolean
  /** Keys of LevelDB that were merged. */
  readonly merged: string[]
}

/** A faulty database over one that is sound. */
export function earlierVersions(database: Database): FaultyDatabase {
  const earlier = new Map<string, Uint8Array>()
  const merged: string[] = []
  const textOf = (name: Uint8Array): string => Buffer.from(name).toString('latin1')
  const seen = (name: Uint8Array, row: Uint8Array | undefined): Uint8Array | undefined =>
    earlier.get(textOf(name)) ?? row

  const getMany = async (table: TableName, keys: readonly Uint8Array[]) => {
    const rows = await database.getMany(table, keys)
    return rows.map((row, i) => seen(rowKey(table, keys[i] as Uint8Array), row))
  }

  const faulty: FaultyDatabase = {
    isFaulty: false,
    heals: true,
    merged,
    database: {
      ...database,
      getMany,
      get: async (table, key) => (await getMany(table, [key]))[0],
      getHere: (table, key) => earlier.get(textOf(rowKey(table, key))) ?? database.getHere(table, key),
      named: async (names) =>
        (await database.named(names)).map((row, i) => seen(names[i] as Uint8Array, row)),
      hasMany: async (table, keys) => (await getMany(table, keys)).map((row) => row !== undefined),
      async write(operations, options) {
        const names = operations.map((each) => ('sealed' in each ? each.name : rowKey(each.table, each.key)))
        const before = await database.named(names)
        for (const [i, name] of names.entries()) {
          const row = before[i]
          // Its key stands before all others, and so never at the seam of two files.
          if (faulty.isFaulty && row !== undefined && tableOf(name[0]) !== 'state')
            earlier.set(textOf(name), row)
        }
        await database.write(operations, options)
      },
      async compact(range) {
        if (range === undefined) return
        const [from, to] = [textOf(range.from), textOf(range.to)]
        merged.push(from)
        if (faulty.heals)
          for (const name of earlier.keys()) if (from <= name && name <= to) earlier.delete(name)
      },
    },
  }
  return faulty
}
