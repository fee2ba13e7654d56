import { leafHash } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import { damaged } from './errors.ts'
import { hasRows } from './gathered-reads.ts'
import { heldIn } from './held.ts'
import type { Hex, Store, StoredRecord } from './interface.ts'
import { keyAfter, ORDER_BYTES, orderKey, readNumber } from './keys.ts'
import { decodeRecord } from './record-row.ts'
import { fromHex, toHex } from './row-encoding.ts'
import type { TableReads } from './table-reads.ts'

type RecordReads = Pick<
  Store,
  'record' | 'records' | 'recordsAt' | 'idsWithPrefix' | 'hasRecords' | 'recordsOfHeader'
>

/** Records read at once: with the largest there are, 16 MiB. */
export const READ_STEP = 64

/** The part of the store that reads records by their ids and places. */
export function recordReads(reads: TableReads): RecordReads {
  return {
    async record(id) {
      const sequence = sequenceIn(await reads.get('ids', fromHex(id)))
      return sequence === undefined
        ? undefined
        : verified(id, sequence, await reads.get('records', orderKey(sequence)))
    },
    async records(ids) {
      const records: StoredRecord[] = []
      for (let at = 0; at < ids.length; at += READ_STEP) {
        const step = ids.slice(at, at + READ_STEP)
        const places = (await reads.getMany('ids', step.map(fromHex))).map(sequenceIn)
        const held = step.flatMap((id, i) => {
          const sequence = places[i]
          return sequence === undefined ? [] : [{ id, sequence }]
        })
        const rows = await reads.getMany(
          'records',
          held.map(({ sequence }) => orderKey(sequence)),
        )
        records.push(...held.flatMap(({ id, sequence }, i) => verified(id, sequence, rows[i]) ?? []))
      }
      return records
    },
    recordsAt: (sequences) => recordsAt(reads, sequences),
    async idsWithPrefix(prefix, limit) {
      const range = hexRange(prefix)
      const ids: Hex[] = []
      if (range !== undefined)
        for await (const [id] of reads.entries('ids', { ...range, limit })) ids.push(toHex(id))
      return ids
    },
    hasRecords: (ids) => hasRows(reads, 'ids', ids.map(fromHex)),
    async recordsOfHeader(header) {
      return idsAt(reads, heldIn(await reads.get('held', fromHex(header))))
    },
  }
}

/** Records by their places; one that was removed since its place was read is passed over. */
export async function recordsAt(
  reads: TableReads,
  sequences: readonly number[],
): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = []
  for (let at = 0; at < sequences.length; at += READ_STEP) {
    const step = sequences.slice(at, at + READ_STEP)
    const rows = await reads.getMany('records', step.map(orderKey))
    records.push(...rows.flatMap((row, i) => recordIn(row, step[i] as number) ?? []))
  }
  return records
}

/** Ids of the records at places that are held. */
export async function idsAt(reads: TableReads, sequences: readonly number[]): Promise<readonly Hex[]> {
  return (await recordsAt(reads, sequences)).map(({ id }) => id)
}

/** The record of a row. Its id is the hash of the leaf. */
export function recordIn(row: Uint8Array | undefined, sequence: number): StoredRecord | undefined {
  if (row === undefined) return undefined
  const record = decodeRecord(row)
  return { id: toHex(leafHash(nativeCrypto, record.leaf)), sequence, ...record }
}

/** The sequence in a row of the table `ids`. */
export function sequenceIn(row: Uint8Array | undefined): number | undefined {
  return row === undefined ? undefined : readNumber(row, 0, ORDER_BYTES)
}

/** Keys that begin with hexadecimal digits, of which there may be an odd number; `undefined` for what no key begins with. */
export function hexRange(
  prefix: string,
): { readonly from: Uint8Array; readonly until?: Uint8Array } | undefined {
  if (!/^[0-9a-f]{0,64}$/.test(prefix)) return undefined
  const isOdd = prefix.length % 2 === 1
  const until = keyAfter(fromHex(isOdd ? `${prefix}f` : prefix))
  return { from: fromHex(isOdd ? `${prefix}0` : prefix), ...(until !== undefined && { until }) }
}

/** What was verified when it came in is what goes out. @throws StoreError STORE_DAMAGED */
function verified(id: Hex, sequence: number, row: Uint8Array | undefined): StoredRecord | undefined {
  const record = recordIn(row, sequence)
  if (record !== undefined && record.id !== id) throw damaged(`record ${id} is not as it was written`)
  return record
}
