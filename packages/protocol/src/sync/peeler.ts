import type { MacKey } from './chaskey.ts'
import {
  CELL_WORDS,
  type Cells,
  checksumsOf,
  nextHigh,
  nextLow,
  seedOf,
  stepFrom,
  toggleCell,
  toggleShortIds,
} from './cells.ts'

/** Ids that were found in the difference of two tables: short ids, two words each. */
export interface Peeled {
  readonly onlyTheirs: Int32Array
  readonly onlyOwn: Int32Array
}

/** Finds the ids in which two sets differ out of the difference of their tables, while cells keep coming. */
export interface Peeler {
  /** Cells taken so far. */
  readonly size: number
  /** Whether everything was found: the cells taken explain each other. */
  readonly isDone: boolean
  /** How many ids the sets seem to differ in, from how far the counts scatter: within some 15 % from 100 cells on. */
  readonly estimate: number
  readonly peeled: Peeled
  /** Takes the next cells of theirs; `own` has those at the same places, and all before. */
  take(theirs: Cells, own: Cells): void
  /** Works on, on at most so many cells; false when there is nothing left to do until more cells come. */
  peel(maxCells: number): boolean
  /** How many of the cells taken hold something else than the differences that were found in another way. Ends the peeling, with pauses. */
  residue(onlyTheirs: Int32Array, onlyOwn: Int32Array, breathe: () => Promise<void>): Promise<number>
}

/**
 * Words of an id that was found: its short id and its checksum, two each; 1 where only the peer has it and -1 where only this side does; the first
 * cell of it that has not come yet, and the two words of the generator there. Objects would take six times as much, of which a peer decides.
 */
const FOUND_WORDS = 8
/** Ids for which there is room at first. */
const FIRST_FOUND = 256

/** @see docs/spec/reconciliation.md, "Cells" */
export function createPeeler(key: MacKey, maxCells: number): Peeler {
  const words = new Int32Array(maxCells * CELL_WORDS)
  const counts: number[] = []
  const pending: number[] = []
  let found = new Int32Array(FIRST_FOUND * FOUND_WORDS)
  let foundLength = 0
  let size = 0

  /** Takes an id out of the cells that it has from its place on, as far as there are cells. */
  function takeOut(at: number): void {
    const shortLow = found[at] as number
    const shortHigh = found[at + 1] as number
    const checkLow = found[at + 2] as number
    const checkHigh = found[at + 3] as number
    const side = found[at + 4] as number
    let index = found[at + 5] as number
    let low = found[at + 6] as number
    let high = found[at + 7] as number
    while (index < size) {
      toggleCell(words, index, shortLow, shortHigh, checkLow, checkHigh, -side)
      if (isCandidate(index)) pending.push(index)
      index += stepFrom(index, low)
      const mixed = low ^ high
      low = nextLow(low, mixed)
      high = nextHigh(mixed)
    }
    found[at + 5] = index
    found[at + 6] = low
    found[at + 7] = high
  }

  function isCandidate(index: number): boolean {
    return Math.abs(words[index * CELL_WORDS + 4] as number) === 1
  }

  /** Finds the id of a cell that holds one alone. A cell of several that looks so has a checksum that does not fit. */
  function peelCell(index: number): void {
    if (!isCandidate(index)) return
    const from = index * CELL_WORDS
    const [low = 0, high = 0] = checksumsOf(key, words.slice(from, from + 2))
    if (low !== words[from + 2] || high !== words[from + 3]) return
    if (foundLength === found.length) {
      const more = new Int32Array(2 * found.length)
      more.set(found)
      found = more
    }
    const at = foundLength
    foundLength += FOUND_WORDS
    found.set(words.subarray(from, from + CELL_WORDS), at)
    found[at + 5] = 0
    found[at + 6] = seedOf(low, high)
    found[at + 7] = high
    takeOut(at)
  }

  return {
    get size() {
      return size
    },
    get isDone() {
      return size > 0 && pending.length === 0 && isAllEmpty()
    },
    get estimate() {
      return estimateOf(counts)
    },
    get peeled() {
      return peeled()
    },
    take(theirs, own) {
      for (let i = 0; i < theirs.size; i++, size++) {
        const at = size * CELL_WORDS
        for (let word = 0; word < CELL_WORDS; word++) {
          const a = theirs.words[i * CELL_WORDS + word] as number
          const b = own.words[at + word] as number
          words[at + word] = word === CELL_WORDS - 1 ? a - b : a ^ b
        }
        counts.push(words[at + 4] as number)
        pending.push(size)
      }
      for (let at = 0; at < foundLength; at += FOUND_WORDS) takeOut(at)
    },
    peel(maxCells) {
      for (let i = 0; i < maxCells; i++) {
        const index = pending.pop()
        // A table that explains more ids than it has cells explains nothing: whoever made it wants this to go on for ever.
        if (index === undefined || foundLength > size * FOUND_WORDS) return false
        peelCell(index)
      }
      return true
    },
    async residue(onlyTheirs, onlyOwn, breathe) {
      const { onlyTheirs: foundTheirs, onlyOwn: foundOwn } = peeled()
      for (const [shortIds, sign] of [
        [foundTheirs, 1],
        [foundOwn, -1],
        [onlyTheirs, -1],
        [onlyOwn, 1],
      ] as const) {
        for (let at = 0; at < shortIds.length; at += WORDS_AT_ONCE) {
          toggleShortIds({ size, words }, key, shortIds.subarray(at, at + WORDS_AT_ONCE), sign)
          await breathe()
        }
      }
      let cells = 0
      for (let index = 0; index < size; index++) if (!isEmpty(index)) cells++
      return cells
    },
  }

  function peeled(): Peeled {
    const of = (side: 1 | -1): Int32Array => {
      const shortIds = new Int32Array((2 * foundLength) / FOUND_WORDS)
      let length = 0
      for (let at = 0; at < foundLength; at += FOUND_WORDS) {
        if (found[at + 4] !== side) continue
        shortIds[length++] = found[at] as number
        shortIds[length++] = found[at + 1] as number
      }
      return shortIds.slice(0, length)
    }
    return { onlyTheirs: of(1), onlyOwn: of(-1) }
  }

  function isEmpty(index: number): boolean {
    for (let at = index * CELL_WORDS; at < (index + 1) * CELL_WORDS; at++) if (words[at] !== 0) return false
    return true
  }

  function isAllEmpty(): boolean {
    for (let index = 0; index < size; index++) if (!isEmpty(index)) return false
    return true
  }
}

/** Words of short ids that are put into cells, or taken out, in some milliseconds. */
const WORDS_AT_ONCE = 8192

/**
 * Of d ids, cell i has each with a chance p = 1 / (1 + i / 2), and the difference of counts there scatters with a variance of d·p·(1 − p)
 * around p times that of all ids, which is cell 0.
 */
function estimateOf(counts: readonly number[]): number {
  const all = counts[0] ?? 0
  if (counts.length < 2) return Math.abs(all)
  let sum = 0
  for (let i = 1; i < counts.length; i++) {
    const chance = 2 / (i + 2)
    sum += ((counts[i] as number) - all * chance) ** 2 / (chance * (1 - chance))
  }
  return Math.max(Math.round(sum / (counts.length - 1)), Math.abs(all))
}
