import type { Operation } from './database.ts'
import type { HeaderRow } from './interface.ts'
import { joinKeys, numberKey } from './keys.ts'
import { encodeNumber, fromHex } from './row-encoding.ts'
import { encodeHeader } from './rows.ts'

/** A row to write. */
type PutOperation = Operation & { readonly value: Uint8Array }

/** Bytes of a place in a chain, in keys. */
export const SEQ_BYTES = 7

/** The rows of a header, but for its leaf hashes. */
export function headerRows(row: HeaderRow): readonly PutOperation[] {
  const hash = fromHex(row.hash)
  const link = joinKeys(fromHex(row.chain), numberKey(row.seq, SEQ_BYTES), hash)
  return [
    { table: 'headers', key: hash, value: encodeHeader(row) },
    { table: 'chains', key: link, value: new Uint8Array() },
    {
      table: 'authorChains',
      key: joinKeys(fromHex(row.author), link),
      value: encodeNumber(row.arrivedAt),
    },
  ]
}
