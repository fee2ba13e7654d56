import {
  decodeEarlierRecord,
  EARLIER_FROM,
  EARLIER_UNTIL,
  earlierName,
  earlierRange,
} from '../earlier-rows.ts'
import type { HeaderRow, Hex, RecordRow } from '../interface.ts'
import { decodeRow, toHex } from '../row-encoding.ts'
import { decodeControlRow, decodeHeader } from '../rows.ts'
import type { DamagedLevel } from './damaged-level.ts'
import { type DamagedRows, textOf, unbroken } from './damaged-rows.ts'

/** Whether there are rows of schemas 1 and 2. */
export async function hasEarlierRows(level: DamagedLevel): Promise<boolean> {
  for await (const _row of level.rows('state', { from: EARLIER_FROM, until: EARLIER_UNTIL }, () => true))
    return true
  return false
}

/** The rows of a damaged store of schema 1 or 2, as its migration would read them. */
export function earlierRowsIn(level: DamagedLevel): DamagedRows {
  const rows = <T>(table: string, read: (key: string, value: Uint8Array) => T): AsyncGenerator<T> =>
    level.rows(table, earlierRange(table), (name, value) => read(textOf(name).slice(table.length + 1), value))

  async function header(hash: Hex): Promise<HeaderRow | undefined> {
    const leafHashes = await level.get('leafHashes', earlierName('leafHashes', hash), (row) => row)
    return level.get('headers', earlierName('headers', hash), (row) => decodeHeader(hash, row, leafHashes))
  }

  /** Ids in the order of arrival. */
  const ids = (): AsyncGenerator<Hex> =>
    rows('arrival', (_key, row) => toHex(decodeRow<[Uint8Array]>(row)[0]))

  return {
    unreadable: level.unreadable,
    get brokeOff() {
      return level.brokeOff
    },
    header,
    async *records() {
      for await (const record of rows('records', (id, row): RecordRow => {
        const { sequence: _, ...rest } = decodeEarlierRecord(row)
        return { id, ...rest }
      }))
        yield record
    },
    async *headers() {
      for await (const hash of rows('headers', (key) => key)) {
        const found = await header(hash)
        if (found !== undefined) yield found
      }
    },
    control: () => rows('control', decodeControlRow),
    log: () => unbroken(rows('log', (key, row) => [Number.parseInt(key, 16), row.slice()] as const)),
    meta: () => rows('meta', (key, row) => [key, row.slice()] as const),
    ledger: () => rows('ledger', (key, row) => [key, JSON.parse(textOf(row)) as unknown] as const),
    ids,
  }
}
