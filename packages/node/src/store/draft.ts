import type { Database, Operation, SealedRow } from './database.ts'
import type { TableName } from './tables.ts'

/**
 * What one LevelDB batch is going to write, laid over what is on disk: later steps of a commit see what earlier ones did.
 * Rows are loaded many at a time before they are asked for.
 */
export interface Draft {
  /** Reads rows that {@link get} is going to be asked for. */
  load(table: TableName, keys: Iterable<Uint8Array>): Promise<void>
  /** The row as this draft leaves it. @throws RangeError for a row that was not loaded */
  get(table: TableName, key: Uint8Array): Uint8Array | undefined
  put(table: TableName, key: Uint8Array, value: Uint8Array): void
  delete(table: TableName, key: Uint8Array): void
  /** Writes, or without a value deletes, a row that is never asked for here. */
  append(row: Operation | SealedRow): void
  operations(): readonly (Operation | SealedRow)[]
  /** Bytes of keys and values to write, about. */
  readonly bytes: number
}

/** An empty draft over `database`. */
export function createDraft(database: Pick<Database, 'getMany'>): Draft {
  const tables = new Map<TableName, Rows>()
  const appended: (Operation | SealedRow)[] = []
  let bytes = 0

  function rowsOf(table: TableName): Rows {
    const rows = tables.get(table) ?? { loaded: new Map(), staged: new Map() }
    tables.set(table, rows)
    return rows
  }

  function stage(operation: Operation): void {
    rowsOf(operation.table).staged.set(nameOf(operation.key), operation)
    bytes += sizeOf(operation)
  }

  return {
    async load(table, keys) {
      const { loaded } = rowsOf(table)
      const missing = new Map<string, Uint8Array>()
      for (const key of keys) {
        const name = nameOf(key)
        if (!loaded.has(name)) missing.set(name, key)
      }
      if (missing.size === 0) return
      const values = await database.getMany(table, [...missing.values()])
      let i = 0
      for (const name of missing.keys()) loaded.set(name, values[i++])
    },
    get(table, key) {
      const { loaded, staged } = rowsOf(table)
      const name = nameOf(key)
      const operation = staged.get(name)
      if (operation !== undefined) return operation.value
      if (!loaded.has(name)) throw new RangeError(`row of ${table} used before it was loaded`)
      return loaded.get(name)
    },
    put: (table, key, value) => stage({ table, key, value }),
    delete: (table, key) => stage({ table, key, value: undefined }),
    append(row) {
      appended.push(row)
      bytes += sizeOf(row)
    },
    operations: () => [...appended, ...[...tables.values()].flatMap(({ staged }) => [...staged.values()])],
    get bytes() {
      return bytes
    },
  }
}

/** Rows of a table by the bytes of their keys, a character for each. */
interface Rows {
  readonly loaded: Map<string, Uint8Array | undefined>
  readonly staged: Map<string, Operation>
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}

function sizeOf(row: Operation | SealedRow): number {
  return 'sealed' in row ? row.name.length + row.sealed.length : 1 + row.key.length + (row.value?.length ?? 0)
}
