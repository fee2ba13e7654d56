import type { Database, Operation } from './database.ts'
import type { TableName } from './tables.ts'

/**
 * What one LevelDB batch is going to write, laid over what is on disk: later steps of a commit see what earlier ones did.
 * Rows are loaded many at a time before they are asked for.
 */
export interface Draft {
  /** Reads rows that {@link get} is going to be asked for. */
  load(table: TableName, keys: Iterable<string>): Promise<void>
  /** The row as this draft leaves it. @throws RangeError for a row that was not loaded */
  get(table: TableName, key: string): Uint8Array | undefined
  put(table: TableName, key: string, value: Uint8Array): void
  delete(table: TableName, key: string): void
  /** Writes, or without a value deletes, rows that are never asked for here, such as those of indexes. */
  append(rows: readonly Operation[]): void
  operations(): readonly Operation[]
  /** Bytes of keys and values to write, about. */
  readonly bytes: number
}

/** An empty draft over `database`. */
export function createDraft(database: Pick<Database, 'getMany'>): Draft {
  const loaded = new Map<string, Uint8Array | undefined>()
  const staged = new Map<string, Operation>()
  const appended: Operation[] = []
  let bytes = 0

  function stage(table: TableName, key: string, value: Uint8Array | undefined): void {
    staged.set(rowOf(table, key), { table, key, value })
    bytes += sizeOf({ table, key, value })
  }

  return {
    async load(table, keys) {
      const missing = [...new Set(keys)].filter((key) => !loaded.has(rowOf(table, key)))
      if (missing.length === 0) return
      const values = await database.getMany(table, missing)
      missing.forEach((key, i) => loaded.set(rowOf(table, key), values[i]))
    },
    get(table, key) {
      const row = rowOf(table, key)
      const operation = staged.get(row)
      if (operation !== undefined) return operation.value
      if (!loaded.has(row)) throw new RangeError(`row of ${table} used before it was loaded`)
      return loaded.get(row)
    },
    put: stage,
    delete: (table, key) => stage(table, key, undefined),
    append(rows) {
      for (const row of rows) {
        appended.push(row)
        bytes += sizeOf(row)
      }
    },
    operations: () => [...appended, ...staged.values()],
    get bytes() {
      return bytes
    },
  }
}

function rowOf(table: TableName, key: string): string {
  return `${table}!${key}`
}

function sizeOf({ table, key, value }: Operation): number {
  return table.length + key.length + (value?.length ?? 0)
}
