import type { ControlKind, SyncSet } from '@intelmesh/protocol'
import { encodeCbor } from '@intelmesh/protocol'
import type { ControlRow, HeaderRow, Hex, QuarantineRow } from './interface.ts'
import { decodeRow, fromHex, type Integer, splitHashes, toHex } from './row-encoding.ts'

/** A row of the table `headers`, without `leafHashes`, which have a row of their own, so that they can go before the header. */
export function encodeHeader(row: HeaderRow): Uint8Array {
  return encodeCbor([
    row.bytes,
    fromHex(row.author),
    fromHex(row.chain),
    row.seq,
    row.to,
    row.previous === undefined ? null : fromHex(row.previous),
    row.arrivedAt,
  ])
}

/** The header of a row that {@link encodeHeader} wrote, with its row of the table `leafHashes`. */
export function decodeHeader(hash: Hex, bytes: Uint8Array, leafHashes: Uint8Array | undefined): HeaderRow {
  const [header, author, chain, seq, to, previous, arrivedAt] =
    decodeRow<[Uint8Array, Uint8Array, Uint8Array, Integer, Integer, Uint8Array | null, Integer]>(bytes)
  return {
    hash,
    bytes: header,
    author: toHex(author),
    chain: toHex(chain),
    seq: Number(seq),
    to: BigInt(to),
    arrivedAt: Number(arrivedAt),
    ...(previous === null ? {} : { previous: toHex(previous) }),
    ...(leafHashes === undefined ? {} : { leafHashes: splitHashes(leafHashes).map(toHex) }),
  }
}

/** A row of the table `control`. */
export function encodeControlRow({ kind, bytes, set }: ControlRow): Uint8Array {
  return encodeCbor([kind, bytes, set === undefined ? null : [set.name, fromHex(set.id)]])
}

/** The control row that {@link encodeControlRow} wrote under `key`. */
export function decodeControlRow(key: string, row: Uint8Array): ControlRow {
  const [kind, bytes, set] =
    decodeRow<[ControlKind, Uint8Array, [SyncSet & ('control' | 'register'), Uint8Array] | null]>(row)
  return { key, kind, bytes, ...(set === null ? {} : { set: { name: set[0], id: toHex(set[1]) } }) }
}

/** A row of the table `quarantine`, its texts shortened to 1,000 characters. */
export function encodeQuarantine({ at, code, from, what, detail }: QuarantineRow): Uint8Array {
  return encodeCbor([at, ...[code, from, what, detail].map(shorten)])
}

/** The row that {@link encodeQuarantine} wrote. */
export function decodeQuarantine(bytes: Uint8Array): QuarantineRow {
  const [at, code, from, what, detail] = decodeRow<[Integer, string, string, string, string]>(bytes)
  return { at: Number(at), code, from, what, detail }
}

/** What peers sent can hold text that has no encoding, and of any length. */
function shorten(text: string): string {
  return text.slice(0, MAX_QUARANTINE_TEXT).toWellFormed()
}

const MAX_QUARANTINE_TEXT = 1_000
