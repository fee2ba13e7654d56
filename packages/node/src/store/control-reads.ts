import type { SyncSet } from '@intelmesh/protocol'
import type { Database } from './database.ts'
import type { ControlRow, Hex, Store } from './interface.ts'
import { joinKeys, orderKey } from './keys.ts'
import { decodeNumber, fromHex } from './row-encoding.ts'
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
    const row = await database.get('control', Buffer.from(key))
    return row === undefined ? undefined : decodeControlRow(key, row)
  }

  return {
    control,
    async *controlRows() {
      for await (const [key, row] of database.entries('control', {})) yield decodeControlRow(textOf(key), row)
    },
    async controlById(set, id) {
      const key = await database.get('controlIds', controlIdKey(set, id))
      return key === undefined ? undefined : control(textOf(key))
    },
    async logHashes(from, to) {
      const hashes: Uint8Array[] = []
      const range = { from: orderKey(from), until: orderKey(to) }
      for await (const [, hash] of database.entries('log', range)) hashes.push(hash)
      return hashes
    },
    async logIndexOf(leafHash) {
      const index = await database.get('logIndex', leafHash)
      return index === undefined ? undefined : decodeNumber(index)
    },
    meta: (key) => database.get('meta', Buffer.from(key)),
    async ledger(key) {
      const value = await database.get('ledger', Buffer.from(key))
      return value === undefined ? undefined : parseLedger(value)
    },
    async *ledgerRows(prefix, from = prefix) {
      const range = { prefix: Buffer.from(prefix), from: Buffer.from(from) }
      for await (const [key, value] of database.entries('ledger', range))
        yield [textOf(key), parseLedger(value)]
    },
    async quarantine(limit) {
      const rows = []
      for await (const [, row] of database.entries('quarantine', { reverse: true, limit }))
        rows.push(decodeQuarantine(row))
      return rows
    },
  }
}

/** The key of the table `controlIds`. */
export function controlIdKey(set: SyncSet, id: Hex): Uint8Array {
  return joinKeys(controlIdPrefix(set), fromHex(id))
}

/** What begins the keys of the table `controlIds` that are of one set. */
export function controlIdPrefix(set: SyncSet): Uint8Array {
  return Buffer.from(`${set}/`)
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString()
}

function parseLedger(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString())
}
