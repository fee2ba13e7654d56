import { splitIds } from '@intelmesh/protocol'
import type { HeaderRow, Hex } from '../interface.ts'
import { readNumber } from '../keys.ts'
import { recordIn } from '../record-reads.ts'
import { fromHex, toHex } from '../row-encoding.ts'
import { decodeControlRow, decodeHeader } from '../rows.ts'
import { rowKey } from '../sealed-row.ts'
import { decodeNode } from '../state-rows.ts'
import { TABLES, type TableName } from '../tables.ts'
import type { DamagedLevel } from './damaged-level.ts'
import { type DamagedRows, textOf, unbroken } from './damaged-rows.ts'

/** The rows of a damaged store of the present schema. */
export function presentRowsIn(level: DamagedLevel): DamagedRows {
  const rows = <T>(table: TableName, read: (key: Uint8Array, value: Uint8Array) => T): AsyncGenerator<T> => {
    const range = { from: rowKey(table, NOTHING), until: Uint8Array.of(TABLES[table] + 1) }
    return level.rows(table, range, (name, value) => read(name.subarray(1), value))
  }

  async function header(hash: Hex): Promise<HeaderRow | undefined> {
    const key = fromHex(hash)
    const leafHashes = await level.get('leafHashes', rowKey('leafHashes', key), (row) => row)
    return level.get('headers', rowKey('headers', key), (row) => decodeHeader(hash, row, leafHashes))
  }

  return {
    unreadable: level.unreadable,
    get brokeOff() {
      return level.brokeOff
    },
    header,
    async *records() {
      for await (const found of rows('records', (key, row) =>
        recordIn(row, readNumber(key, 0, key.length)),
      )) {
        if (found === undefined) continue
        const { sequence: _, ...record } = found
        yield record
      }
    },
    async *headers() {
      for await (const hash of rows('headers', (key) => toHex(key))) {
        const found = await header(hash)
        if (found !== undefined) yield found
      }
    },
    control: () => rows('control', (key, row) => decodeControlRow(textOf(key), row)),
    log: () => unbroken(rows('log', (key, row) => [readNumber(key, 0, key.length), row.slice()] as const)),
    meta: () => rows('meta', (key, row) => [textOf(key), row.slice()] as const),
    ledger: () => rows('ledger', (key, row) => [textOf(key), JSON.parse(textOf(row)) as unknown] as const),
    async *ids() {
      for await (const node of rows('tree', (key, row) =>
        /^(clear|green)/.test(textOf(key)) ? decodeNode(row) : undefined,
      ))
        if (node?.kind === 'leaf') yield* splitIds(node.ids).map(toHex)
    },
  }
}

const NOTHING = new Uint8Array()
