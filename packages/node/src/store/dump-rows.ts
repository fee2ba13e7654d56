import type { Database } from './database.ts'
import { createDumpHash, encodeDumpedRow, encodeDumpEnd, encodeDumpHead } from './dump-format.ts'
import { damaged } from './errors.ts'
import { sealValue } from './sealed-row.ts'
import { decodeSentinel, SENTINEL } from './state-rows.ts'
import type { TableReads } from './table-reads.ts'

/**
 * Every row as it stands at the first piece, in the order of LevelDB, as pieces of at most {@link PIECE_BYTES}.
 *
 * @throws StoreError STORE_DAMAGED at the first row that is not as it was written
 * @see docs/spec/store.md, "Dumps"
 */
export async function* dumpRows(
  database: Pick<Database, 'snapshot'>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  await using snapshot = database.snapshot()
  const hash = createDumpHash()
  let piece = Buffer.allocUnsafe(PIECE_BYTES)
  let length = 0
  for await (const parts of partsOf(snapshot, signal)) {
    for (const part of parts) {
      for (let at = 0; at < part.length;) {
        const taken = part.subarray(at, at + PIECE_BYTES - length)
        piece.set(taken, length)
        at += taken.length
        length += taken.length
        if (length < PIECE_BYTES) continue
        hash.update(piece)
        yield piece
        piece = Buffer.allocUnsafe(PIECE_BYTES)
        length = 0
      }
    }
  }
  hash.update(piece.subarray(0, length))
  yield piece.subarray(0, length)
  yield hash.digest()
}

/** What goes into the hash, in parts of any length, a row at a time. */
async function* partsOf(reads: TableReads, signal: AbortSignal): AsyncIterable<readonly Uint8Array[]> {
  const sentinel = await reads.get('state', SENTINEL)
  if (sentinel === undefined) throw damaged('the sentinel row is missing')
  yield [encodeDumpHead(decodeSentinel(sentinel).schema)]
  let rows = 0
  for await (const [name, value] of reads.rows(FIRST, LAST)) {
    signal.throwIfAborted()
    yield encodeDumpedRow({ name, sealed: sealValue(name, value) })
    rows++
  }
  yield [encodeDumpEnd(rows)]
}

const FIRST = new Uint8Array()
const LAST: Uint8Array = Uint8Array.of(0xff)
const PIECE_BYTES: number = 256 * 1024
