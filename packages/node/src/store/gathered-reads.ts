import type { Database } from './database.ts'
import { rowKey } from './sealed-row.ts'

interface Asked {
  readonly names: readonly Uint8Array[]
  readonly rows: PromiseWithResolvers<readonly (Uint8Array | undefined)[]>
}

/**
 * Reads rows of all tables that are asked for in one turn by one read. A way to LevelDB's threads and back costs as much as a dozen
 * rows, and waits behind all signatures that are being verified.
 */
export function gatherReads(database: Pick<Database, 'named'>): Database['getMany'] {
  let waiting: Asked[] = []

  async function readAll(): Promise<void> {
    const asked = waiting
    waiting = []
    try {
      const found = await database.named(asked.flatMap(({ names }) => names))
      let at = 0
      for (const { names, rows } of asked) rows.resolve(found.slice(at, (at += names.length)))
    } catch (error) {
      for (const { rows } of asked) rows.reject(error)
    }
  }

  return (table, keys) => {
    if (keys.length === 0) return NOTHING
    const rows = Promise.withResolvers<readonly (Uint8Array | undefined)[]>()
    waiting.push({ names: keys.map((key) => rowKey(table, key)), rows })
    if (waiting.length === 1) queueMicrotask(() => void readAll())
    return rows.promise
  }
}

const NOTHING: Promise<readonly undefined[]> = Promise.resolve([])
