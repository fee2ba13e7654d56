import type { HeaderRow, RecordRow } from './interface.ts'
import type { Operation } from './database.ts'
import { observableKey, orderKey, textKey, timeKey } from './keys.ts'
import { encodeNumber, fromHex } from './row-encoding.ts'
import { encodeArrival } from './rows.ts'
import type { TableName } from './tables.ts'

/** Every index row of a record: all follow from the record and its place in the order of arrival. */
export function recordIndexRows(row: RecordRow, sequence: number): readonly Operation[] {
  const at = orderKey(sequence)
  const id = fromHex(row.id)
  const point = (table: TableName, key: string): Operation => ({ table, key: key + at, value: id })
  const arrival = encodeArrival(row)
  return [
    { table: 'arrival', key: at, value: arrival },
    { table: 'byOrganisation', key: row.organisation + at, value: arrival },
    ...(row.stixType === undefined
      ? []
      : [{ table: 'byType', key: textKey(row.stixType) + at, value: arrival } as const]),
    point('byAuthor', row.author),
    point('byHeader', row.header),
    point('byExpiry', orderKey(row.expires)),
    ...(row.stixId === undefined ? [] : [point('byStixId', textKey(row.stixId) + timeKey(row.stixVersion))]),
    ...row.observables.map((observable) => point('byObservable', observableKey(observable))),
    ...row.references.map((stixId) => point('byReference', textKey(stixId))),
    ...row.retracts.map((target) => point('byTarget', target)),
  ]
}

/** Index rows of a header. */
export function headerIndexRows({ hash, author, chain, seq, arrivedAt }: HeaderRow): readonly Operation[] {
  const link = chain + orderKey(seq) + hash
  return [
    { table: 'byChain', key: link, value: NOTHING },
    { table: 'authorChains', key: author + link, value: encodeNumber(arrivedAt) },
  ]
}

/** The value of a row whose key says everything. */
export const NOTHING: Uint8Array = new Uint8Array()
