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

/** 1 for an id that only the peer has, -1 for one that only this side has. */
type Side = 1 | -1

interface Found {
  readonly shortId: Pair
  readonly checksum: Pair
  readonly side: Side
  /** The first cell of it that has not come yet, and the state of the generator there. */
  index: number
  low: number
  high: number
}

/** @see docs/spec/reconciliation.md, "Cells" */
export function createPeeler(key: MacKey, maxCells: number): Peeler {
  const words = new Int32Array(maxCells * CELL_WORDS)
  const counts: number[] = []
  const found: Found[] = []
  const pending: number[] = []
  let size = 0

  /** Takes an id out of the cells that it has from its place on, as far as there are cells. */
  function takeOut(id: Found): void {
    while (id.index < size) {
      toggleCell(words, id.index, ...id.shortId, ...id.checksum, -id.side)
      if (isCandidate(id.index)) pending.push(id.index)
      id.index += stepFrom(id.index, id.low)
      const mixed = id.low ^ id.high
      id.low = nextLow(id.low, mixed)
      id.high = nextHigh(mixed)
    }
  }

  function isCandidate(index: number): boolean {
    return Math.abs(words[index * CELL_WORDS + 4] as number) === 1
  }

  /** The id of a cell that holds one alone. A cell of several that looks so has a checksum that does not fit. */
  function soleId(index: number): Found | undefined {
    if (!isCandidate(index)) return undefined
    const at = index * CELL_WORDS
    const shortId = [words[at] as number, words[at + 1] as number] as const
    const checksum = checksumsOf(key, Int32Array.from(shortId)) as Int32Array
    const [low, high] = pairAt(checksum, 0)
    if (low !== words[at + 2] || high !== words[at + 3]) return undefined
    const id: Found = {
      shortId,
      checksum: [low, high],
      side: words[at + 4] as Side,
      index: 0,
      low: seedOf(low, high),
      high,
    }
    return id
  }

  function remove(id: Found): void {
    found.push(id)
    takeOut(id)
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
      for (const id of found) takeOut(id)
    },
    peel(maxCells) {
      for (let i = 0; i < maxCells; i++) {
        const index = pending.pop()
        // A table that explains more ids than it has cells explains nothing: whoever made it wants this to go on for ever.
        if (index === undefined || found.length > size) return false
        const id = soleId(index)
        if (id !== undefined) remove(id)
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
    const of = (side: Side): Int32Array => {
      const words = new Int32Array(2 * found.length)
      let length = 0
      for (const id of found) {
        if (id.side !== side) continue
        words[length++] = id.shortId[0]
        words[length++] = id.shortId[1]
      }
      return words.slice(0, length)
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

type Pair = readonly [number, number]

/** Words of short ids that are put into cells, or taken out, in some milliseconds. */
const WORDS_AT_ONCE = 8192

function pairAt(words: Int32Array, at: number): Pair {
  return [words[at] as number, words[at + 1] as number]
}

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
