import { hourPath, idsBelow, type ReadNode, splitIds } from '@intelmesh/protocol'
import type { Database } from './database.ts'
import type { Hex, RecordRow, Store } from './interface.ts'
import { toHex } from './row-encoding.ts'
import { rowKey } from './sealed-row.ts'
import { TABLE_NAMES, tableOf } from './tables.ts'

type CareReads = Pick<Store, 'olderThan' | 'bytesOnDisk' | 'stats' | 'compactAll'>

/** The part of the store that serves upkeep. */
export function careReads(
  database: Database,
  treeOf: (set: RecordRow['set']) => ReadNode,
  records: Store['records'],
): CareReads {
  return {
    async olderThan(set, hour, limit, type) {
      const older: Hex[] = []
      for await (const ids of idsBefore(treeOf(set), hour, '')) {
        for (let at = 0; at < ids.length && older.length < limit; at += READ_STEP) {
          const step = ids.slice(at, at + READ_STEP)
          const found = type === undefined ? step : await idsOfType(step, type)
          older.push(...found.slice(0, limit - older.length))
        }
        if (older.length >= limit) break
      }
      return older
    },
    bytesOnDisk: () => database.bytes(),
    async stats(signal) {
      const tables = new Map(TABLE_NAMES.map((name) => [name, { name, rows: 0, bytes: 0 }]))
      for await (const [key, value] of database.rows(FIRST, BEYOND)) {
        signal.throwIfAborted()
        const name = tableOf(key[0])
        const table = name && tables.get(name)
        if (table === undefined) continue
        table.rows++
        table.bytes += key.length + value.length
      }
      return { bytes: await database.bytes(), tables: [...tables.values()] }
    },
    async compactAll(signal) {
      await database.compact()
      for (const table of TABLE_NAMES) {
        signal.throwIfAborted()
        await database.compact({ from: rowKey(table, FIRST), to: rowKey(table, LAST) })
      }
    },
  }

  async function idsOfType(ids: readonly Hex[], type: string): Promise<readonly Hex[]> {
    return (await records(ids)).filter(({ stixType }) => stixType === type).map(({ id }) => id)
  }
}

/** Ids of a set below a path whose hours lie before one, hour by hour. */
async function* idsBefore(read: ReadNode, hour: number, path: string): AsyncIterable<readonly Hex[]> {
  const end = hourPath(hour)
  if (path.length === end.length) {
    yield splitIds(await idsBelow(read, path)).map(toHex)
    return
  }
  const node = await read(path)
  if (node?.kind !== 'inner') return
  for (const { label } of node.children) {
    const below = path + label
    const isBefore = below.length === end.length ? below < end : below <= end.slice(0, below.length)
    if (isBefore) yield* idsBefore(read, hour, below)
  }
}

const FIRST = new Uint8Array()
const LAST: Uint8Array = new Uint8Array(300).fill(0xff)
const BEYOND: Uint8Array = Uint8Array.of(0xff)
const READ_STEP = 64
