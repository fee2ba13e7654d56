import type { SealedRow } from './database.ts'
import type { HeaderRow } from './interface.ts'
import type { RowArena } from './row-arena.ts'
import { encodeNumber } from './row-encoding.ts'
import { encodeHeader } from './rows.ts'

/** Bytes of a place in a chain, in keys. */
export const SEQ_BYTES = 7

/** Writes the rows of a header, but for its leaf hashes. */
export function writeHeader(arena: RowArena, row: HeaderRow): readonly SealedRow[] {
  const header = encodeHeader(row)
  arena.begin('headers', HASH_BYTES + header.length)
  arena.hex(row.hash)
  arena.endKey()
  arena.put(header)
  const rows = [arena.end()]

  arena.begin('chains', LINK_BYTES)
  putLink(arena, row)
  arena.endKey()
  rows.push(arena.end())

  const arrivedAt = encodeNumber(row.arrivedAt)
  arena.begin('authorChains', HASH_BYTES + LINK_BYTES + arrivedAt.length)
  arena.hex(row.author)
  putLink(arena, row)
  arena.endKey()
  arena.put(arrivedAt)
  rows.push(arena.end())
  return rows
}

/** Writes the row of a header's leaf hashes. */
export function writeLeafHashes(arena: RowArena, header: string, leafHashes: readonly string[]): SealedRow {
  arena.begin('leafHashes', HASH_BYTES * (1 + leafHashes.length))
  arena.hex(header)
  arena.endKey()
  for (const hash of leafHashes) arena.hex(hash)
  return arena.end()
}

function putLink(arena: RowArena, { chain, seq, hash }: HeaderRow): void {
  arena.hex(chain)
  arena.number(seq, SEQ_BYTES)
  arena.hex(hash)
}

const HASH_BYTES = 32
const LINK_BYTES: number = 16 + SEQ_BYTES + HASH_BYTES
