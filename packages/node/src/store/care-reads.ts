import { hlcTime } from '@intelmesh/protocol'
import { TABLES } from './tables.ts'
import type { Database } from './database.ts'
import type { Hex, Posting, Store } from './interface.ts'
import { observableKey, orderKey, trailingNumber } from './keys.ts'
import { decodeArrival } from './rows.ts'
import type { recordReads } from './record-reads.ts'

type CareReads = Pick<
  Store,
  'postings' | 'recordsAt' | 'knows' | 'olderThan' | 'bytesOnDisk' | 'stats' | 'compactAll'
>

/** The part of the store that serves look-ups and upkeep. */
export function careReads(database: Database, reads: ReturnType<typeof recordReads>): CareReads {
  return {
    async postings(observable) {
      const listed: Posting[] = []
      const counts = new Map<string, { organisation: Hex; tlp: Posting['tlp']; count: number }>()
      const range = { prefix: observableKey(observable), reverse: true }
      for await (const [key] of database.entries('byObservable', range)) {
        const row = await database.get('arrival', orderKey(trailingNumber(key)))
        if (row === undefined) continue
        const arrival = decodeArrival(row)
        listed.push({ ...arrival, sequence: trailingNumber(key) })
        const name = `${arrival.organisation} ${arrival.tlp}`
        const { organisation, tlp } = arrival
        counts.set(name, { organisation, tlp, count: (counts.get(name)?.count ?? 0) + 1 })
      }
      return { listed, counts: [...counts.values()] }
    },
    async recordsAt(sequences) {
      const rows = await database.getMany('arrival', sequences.map(orderKey))
      return reads.records(rows.flatMap((row) => (row === undefined ? [] : decodeArrival(row).id)))
    },
    knows: () => true,
    async olderThan(set, hour, limit, type) {
      const ids: Hex[] = []
      for await (const [, row] of database.entries('arrival', {})) {
        const record = await reads.record(decodeArrival(row).id)
        if (record?.set !== set || (type !== undefined && record.stixType !== type)) continue
        if (hlcTime(record.hlc) < hour * 3_600_000) ids.push(record.id)
        if (ids.length >= limit) break
      }
      return ids
    },
    bytesOnDisk: () => database.bytes(),
    async stats(signal) {
      const tables: { name: string; rows: number; bytes: number }[] = []
      for (const name of TABLES) {
        let rows = 0
        let bytes = 0
        for await (const [key, value] of database.entries(name, {})) {
          signal.throwIfAborted()
          rows++
          bytes += key.length + value.length
        }
        tables.push({ name, rows, bytes })
      }
      return { bytes: await database.bytes(), tables }
    },
    async compactAll(signal) {
      await database.compact()
      for (const table of TABLES) {
        signal.throwIfAborted()
        await database.compact({ table, from: '', to: '~' })
      }
    },
  }
}
