import type { Database } from './database.ts'
import { rowKey } from './sealed-row.ts'
import type { TableName } from './tables.ts'

type Row = Uint8Array | undefined

interface Asked {
  readonly table: TableName
  readonly keys: readonly Uint8Array[]
  readonly rows: PromiseWithResolvers<readonly Row[]>
}

/**
 * Reads rows of all tables that are asked for in one turn by one read. To wake LevelDB's threads costs this one as much as some
 * dozen rows, and an answer from them waits behind all signatures that are being verified: a few rows are read here.
 */
export function gatherReads(database: Pick<Database, 'named' | 'getHere'>): Database['getMany'] {
  let waiting: Asked[] = []

  function read(asked: readonly Asked[]): Promise<readonly Row[]> {
    const count = asked.reduce((sum, { keys }) => sum + keys.length, 0)
    if (count <= MAX_HERE)
      return Promise.all(
        asked.flatMap(({ table, keys }) => keys.map(async (key) => database.getHere(table, key))),
      )
    return database.named(asked.flatMap(({ table, keys }) => keys.map((key) => rowKey(table, key))))
  }

  async function readAll(): Promise<void> {
    const asked = waiting
    waiting = []
    try {
      const found = await read(asked)
      let at = 0
      for (const { keys, rows } of asked) rows.resolve(found.slice(at, (at += keys.length)))
    } catch (error) {
      for (const { rows } of asked) rows.reject(error)
    }
  }

  return (table, keys) => {
    if (keys.length === 0) return NOTHING
    const rows = Promise.withResolvers<readonly Row[]>()
    waiting.push({ table, keys, rows })
    if (waiting.length === 1) queueMicrotask(() => void readAll())
    return rows.promise
  }
}

/** Whether there is a row under each of `keys`, in their order; of a few, read here as by {@link gatherReads}. */
export async function hasRows(
  database: Pick<Database, 'getHere' | 'hasMany'>,
  table: TableName,
  keys: readonly Uint8Array[],
): Promise<readonly boolean[]> {
  if (keys.length > MAX_HERE) return database.hasMany(table, keys)
  const rows = await Promise.all(keys.map(async (key) => database.getHere(table, key)))
  return rows.map((row) => row !== undefined)
}

const NOTHING: Promise<readonly Row[]> = Promise.resolve([])
/** Rows read on this thread: some 5 us each where they are new, or in memory. */
const MAX_HERE = 48
