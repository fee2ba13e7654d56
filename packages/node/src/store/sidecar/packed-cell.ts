import type { Cell } from '../cells.ts'

/**
 * Writes a cell as two words at `at`: its sequence; and flags, type and organisation, the flags lowest. Two zeros stand for none, and
 * for one whose numbers are larger than that has room for: four billion records, a quarter of a million organisations.
 */
export function packCell(cell: Cell | undefined, words: Uint32Array, at: number): void {
  const fits =
    cell !== undefined &&
    cell.sequence <= MOST_SEQUENCE &&
    cell.organisation <= MOST_ORGANISATION &&
    cell.type <= MOST_TYPE &&
    cell.flags <= MOST_FLAGS
  words[at] = fits ? cell.sequence : 0
  words[at + 1] = fits
    ? (cell.organisation << ORGANISATION_SHIFT) | (cell.type << TYPE_SHIFT) | cell.flags
    : 0
}

/** The cell that was packed at `at`, if there is one. */
export function unpackCell(words: Uint32Array, at: number): Cell | undefined {
  const sequence = words[at] as number
  if (sequence === 0) return undefined
  const rest = words[at + 1] as number
  return {
    sequence,
    flags: rest & MOST_FLAGS,
    type: (rest >>> TYPE_SHIFT) & MOST_TYPE,
    organisation: rest >>> ORGANISATION_SHIFT,
  }
}

const MOST_SEQUENCE = 0xffffffff
const MOST_FLAGS = 0xf
const TYPE_SHIFT = 4
/** As many types as have numbers. */
const MOST_TYPE = 0x3ff
const ORGANISATION_SHIFT = 14
const MOST_ORGANISATION = 0x3ffff
