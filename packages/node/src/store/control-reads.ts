import { controlIdKey } from './apply-changes.ts'
import type { Database } from './database.ts'
import type { ControlRow, Store } from './interface.ts'
import { orderKey } from './keys.ts'
import { decodeNumber, toHex } from './row-encoding.ts'
import { decodeControlRow, decodeQuarantine } from './rows.ts'

type ControlReads = Pick<
  Store,
  | 'control'
  | 'controlRows'
  | 'controlById'
  | 'logHashes'
  | 'logIndexOf'
  | 'meta'
  | 'ledger'
  | 'ledgerRows'
  | 'quarantine'
>

/** The part of the store that reads control objects, the log, and what a node notes down for itself. */
export function controlReads(database: Database): ControlReads {
  async function control(key: string): Promise<ControlRow | undefined> {
    const row = await database.get('control', key)
    return row === undefined ? undefined : decodeControlRow(key, row)
  }

  return {
    control,
    async *controlRows() {
      for await (const [key, row] of database.entries('control', {})) yield decodeControlRow(key, row)
    },
    async controlById(set, id) {
      const key = await database.get('controlIds', controlIdKey(set, id))
      return key === undefined ? undefined : control(Buffer.from(key).toString())
    },
    async logHashes(from, to) {
      const hashes: Uint8Array[] = []
      const range = { from: orderKey(from), until: orderKey(to) }
      for await (const [, hash] of database.entries('log', range)) hashes.push(hash)
      return hashes
    },
    async logIndexOf(leafHash) {
      const index = await database.get('logIndex', toHex(leafHash))
      return index === undefined ? undefined : decodeNumber(index)
    },
    meta: (key) => database.get('meta', key),
    async ledger(key) {
      const value = await database.get('ledger', key)
      return value === undefined ? undefined : parseLedger(value)
    },
    async *ledgerRows(prefix, from = prefix) {
      for await (const [key, value] of database.entries('ledger', { prefix, from }))
        yield [key, parseLedger(value)]
    },
    async quarantine(limit) {
      const rows = []
      for await (const [, row] of database.entries('quarantine', { reverse: true, limit }))
        rows.push(decodeQuarantine(row))
      return rows
    },
  }
}

function parseLedger(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString())
}
