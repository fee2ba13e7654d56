import { CELL_WORDS, type Cells, createCells } from './cells.ts'
import { SyncError } from './sync-error.ts'

/** Bytes of the sums in a cell. */
const SUM_BYTES = 16
/** Most bytes of a count: 32 bits, seven to a byte. */
const MAX_COUNT_BYTES = 5

/**
 * Writes cells `from` to `to` (not included) of a table over `ids` ids: of each the two sums, 16 bytes, and the count less the one to be
 * expected, as a signed number of seven bits to a byte.
 *
 * @see docs/spec/reconciliation.md, "Cells"
 */
export function encodeCellRun({ words }: Cells, from: number, to: number, ids: number): Uint8Array {
  const bytes = new Uint8Array((to - from) * (SUM_BYTES + MAX_COUNT_BYTES))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (let index = from; index < to; index++) {
    const word = index * CELL_WORDS
    for (let i = 0; i < 4; i++, at += 4) view.setInt32(at, words[word + i] as number, true)
    const surplus = (words[word + 4] as number) - expectedCount(index, ids)
    let rest = ((surplus << 1) ^ (surplus >> 31)) >>> 0
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80
    bytes[at++] = rest
  }
  return bytes.slice(0, at)
}

/**
 * Reads `count` cells that {@link encodeCellRun} wrote, the first of them being cell `from`.
 *
 * @throws SyncError SYNC_MALFORMED for more or fewer bytes, or a count that is not written the shortest way
 */
export function decodeCellRun(bytes: Uint8Array, from: number, count: number, ids: number): Cells {
  if (bytes.length < count * (SUM_BYTES + 1)) throw malformed()
  const cells = createCells(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + SUM_BYTES >= bytes.length) throw malformed()
    const word = i * CELL_WORDS
    for (let j = 0; j < 4; j++, at += 4) cells.words[word + j] = view.getInt32(at, true)
    const { value, next } = readCount(bytes, at)
    at = next
    cells.words[word + 4] = ((value >>> 1) ^ -(value & 1)) + expectedCount(from + i, ids)
  }
  if (at !== bytes.length) throw malformed()
  return cells
}

/** Ids in a cell on average, rounded down: 2n / (index + 2). */
function expectedCount(index: number, ids: number): number {
  return Math.floor((2 * ids) / (index + 2))
}

function readCount(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0
  for (let i = 0; i < MAX_COUNT_BYTES; i++) {
    const byte = bytes[from + i]
    if (byte === undefined || (i > 0 && byte === 0) || (i === MAX_COUNT_BYTES - 1 && byte > 0x0f)) break
    value |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return { value: value >>> 0, next: from + i + 1 }
  }
  throw malformed()
}

function malformed(): SyncError {
  return new SyncError('SYNC_MALFORMED', 'expected as many cells as were asked for, and nothing else')
}
