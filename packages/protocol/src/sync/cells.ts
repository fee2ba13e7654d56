import { macEach, type MacKey } from './chaskey.ts'
import { ID_BYTES, type JoinedIds } from './joined-ids.ts'

/**
 * The first cells of a rateless invertible Bloom lookup table (Yang, Gilad, Alizadeh: "Practical Rateless Set Reconciliation", SIGCOMM
 * 2024). Each id is in the first cell and in ever fewer of the later ones; the difference of two tables is the table of the difference.
 *
 * @see docs/spec/reconciliation.md, "Cells"
 */
export interface Cells {
  readonly size: number
  /** {@link CELL_WORDS} words a cell: the sum (XOR) of short ids, low and high; of their checksums, low and high; the number of ids. */
  readonly words: Int32Array
}

/** Words of a cell. */
export const CELL_WORDS = 5
/** Cells that a responder keeps of a set. */
export const KEPT_CELLS = 65_536
/** Cells that are ever compared in one session. */
export const MAX_CELLS: number = 4 * KEPT_CELLS
/** Bytes of a short id. */
export const SHORT_ID_BYTES = 8

export function createCells(size: number): Cells {
  return { size, words: new Int32Array(size * CELL_WORDS) }
}

/**
 * Short ids of `ids`, two words each: 64 bits of the Chaskey-12 of their first 16 bytes under the responder's key, so that nobody who does not
 * know it can choose them.
 */
export function shortIdsOf(key: MacKey, ids: JoinedIds): Int32Array {
  return macEach(key, ids, ID_BYTES, 16)
}

/** Checksums of short ids, two words each: 64 bits of their Chaskey-12 under the same key. */
export function checksumsOf(key: MacKey, shortIds: Int32Array): Int32Array {
  return macEach(key, wordBytes(shortIds), SHORT_ID_BYTES, 8)
}

/** Puts ids into cells, with `sign` 1, or takes them out, with -1. Takes about half a microsecond an id. */
export function toggleIds(cells: Cells, key: MacKey, ids: JoinedIds, sign: 1 | -1): void {
  toggleShortIds(cells, key, shortIdsOf(key, ids), sign)
}

/** As {@link toggleIds}, for ids whose short ids are known. */
export function toggleShortIds(
  { size, words }: Cells,
  key: MacKey,
  shortIds: Int32Array,
  sign: 1 | -1,
): void {
  const checksums = checksumsOf(key, shortIds)
  for (let i = 0; i < shortIds.length; i += 2) {
    const shortLow = shortIds[i] as number
    const shortHigh = shortIds[i + 1] as number
    const checkLow = checksums[i] as number
    const checkHigh = checksums[i + 1] as number
    let low = seedOf(checkLow, checkHigh)
    let high = checkHigh
    for (let index = 0; index < size;) {
      toggleCell(words, index, shortLow, shortHigh, checkLow, checkHigh, sign)
      index += stepFrom(index, low)
      const mixed = low ^ high
      low = nextLow(low, mixed)
      high = nextHigh(mixed)
    }
  }
}

/** Adds one id to one cell, or takes it out. */
export function toggleCell(
  words: Int32Array,
  index: number,
  low: number,
  high: number,
  checkLow: number,
  checkHigh: number,
  sign: number,
): void {
  const at = index * CELL_WORDS
  words[at] = (words[at] as number) ^ low
  words[at + 1] = (words[at + 1] as number) ^ high
  words[at + 2] = (words[at + 2] as number) ^ checkLow
  words[at + 3] = (words[at + 3] as number) ^ checkHigh
  words[at + 4] = (words[at + 4] as number) + sign
}

/** The first cell of an id is cell 0. Its checksum seeds what follows: the generator stands still at zero. */
export function seedOf(checkLow: number, checkHigh: number): number {
  return (checkLow | checkHigh) === 0 ? 1 : checkLow
}

/**
 * How far it is from one cell of an id to its next. Cell i has it with a chance of 1 / (1 + i / 2): the step comes from one number of
 * xoroshiro64** (Blackman and Vigna, 2018), by the inverse of that distribution.
 */
export function stepFrom(index: number, low: number): number {
  const scrambled = Math.imul(low, 0x9e3779bb)
  const random = Math.imul((scrambled << 5) | (scrambled >>> 27), 5) >>> 0
  const step = (index + 1.5) * (65_536 / Math.sqrt(random + 1) - 1)
  return step < BEYOND ? (1 + step) | 0 : BEYOND
}

/** Farther than any table. */
const BEYOND = 0x2000_0000

/** The state of the generator after a number; `mixed` is the XOR of both words before. */
export function nextLow(low: number, mixed: number): number {
  return ((low << 26) | (low >>> 6)) ^ mixed ^ (mixed << 9)
}

export function nextHigh(mixed: number): number {
  return (mixed << 13) | (mixed >>> 19)
}

const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1

/** Words as little-endian bytes: where the machine has them so already, the same memory. */
export function wordBytes(words: Int32Array): Uint8Array {
  if (IS_LITTLE_ENDIAN) return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  const bytes = new Uint8Array(4 * words.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < words.length; i++) view.setInt32(4 * i, words[i] as number, true)
  return bytes
}

/** Little-endian bytes as words. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true))
}
