import { hlcTime } from '@intelmesh/protocol'
import { isBelow, type Observable } from '@intelmesh/stix'
import { TABLES } from './tables.ts'
import type { Database } from './database.ts'
import type { Hex, Posting, Postings, Store } from './interface.ts'
import { observableKey, orderKey, trailingNumber } from './keys.ts'
import { decodeArrival } from './rows.ts'
import type { recordReads } from './record-reads.ts'
import { createSidecar, type Sidecar, type SidecarRow } from './sidecar/index.ts'

type CareReads = Pick<
  Store,
  | 'postings'
  | 'postingsBelow'
  | 'sidecar'
  | 'recordsAt'
  | 'knows'
  | 'olderThan'
  | 'bytesOnDisk'
  | 'stats'
  | 'compactAll'
>

/** The part of the store that serves look-ups and upkeep. */
export function careReads(database: Database, reads: ReturnType<typeof recordReads>): CareReads {
  return {
    postings: (observable) => postingsOf(database, observable),
    async postingsBelow(observable, limit) {
      const found: Postings[] = []
      const seen = new Set<string>()
      for await (const [, row] of database.entries('arrival', {})) {
        const record = await reads.record(decodeArrival(row).id)
        for (const other of record?.observables ?? []) {
          const name = `${other.type} ${other.value}`
          if (seen.has(name) || !isBelow(other, observable) || found.length >= limit) continue
          seen.add(name)
          found.push(await postingsOf(database, other))
        }
      }
      return found
    },
    sidecar: unsureSidecar(),
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

async function postingsOf(database: Database, observable: Observable): Promise<Postings> {
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
}

/** One that is being filled, and may have everything. */
function unsureSidecar(): Sidecar {
  const sidecar = createSidecar(new Uint8Array(32))
  void sidecar.fill(
    (async function* (): AsyncGenerator<SidecarRow> {
      yield await new Promise<SidecarRow>(() => undefined)
    })(),
  )
  return sidecar
}
