import type { Cell } from '../cells.ts'
import { addToBloom, bloomWords } from './bloom.ts'
import { mixWord } from './mix-word.ts'
import { packCell, unpackCell } from './packed-cell.ts'

/** Labels that each entry counts. */
export const LABELS = 5

/**
 * Fingerprints of 64 bits with small counts, by open addressing, behind a Bloom filter. The memory is shared, so that another
 * thread can read what this one writes; it may miss what came last. Two zeros are no fingerprint.
 */
export interface Segment {
  /** Two words for each slot, the lower one first; two zeros in an empty one. */
  readonly words: Uint32Array
  /**
   * Two words for each slot: the one record that names the one value with this fingerprint, packed; two zeros where there are more of
   * either, and where it is not known.
   */
  readonly cells: Uint32Array
  /** Three bits for each label: for how many values with this fingerprint there are records under it; 7 is 7 or more, for good. */
  readonly counts: Uint16Array
  readonly bloom: Uint32Array
  /** How many slots hold a fingerprint, and of how many of those the counts are not all 0. */
  readonly used: Uint32Array
}

/** Where nothing is yet. It is never written to: the first fingerprint makes it grow, and a store has hundreds that stay so. */
export const EMPTY_SEGMENT: Segment = createSegment(1)

/** Random numbers that say where fingerprints lie: nobody who makes up values can have them meet in one place. */
export type Seeds = readonly [number, number]

/** Spreads the lower words of fingerprints over segments and within their filters. */
export function spread(seeds: Seeds, low: number): number {
  return mixWord(low ^ seeds[0])
}

/** The counts of a fingerprint; 0 where it is not there. */
export function countsIn(segment: Segment, seeds: Seeds, low: number, high: number): number {
  return segment.counts[slotOf(segment, seeds, low, high)] as number
}

/** The cell of a fingerprint, if it has one. */
export function cellIn(segment: Segment, seeds: Seeds, low: number, high: number): Cell | undefined {
  return unpackCell(segment.cells, 2 * slotOf(segment, seeds, low, high))
}

/**
 * Counts one value more or less under each label, as bits, in which `after` differs from `before`.
 *
 * @param only the record that names the value now, if it is one alone
 * @returns the segment that holds the fingerprint now: a larger one, where this one is full
 */
export function changeIn(
  segment: Segment,
  seeds: Seeds,
  low: number,
  high: number,
  before: number,
  after: number,
  only: Cell | undefined,
): Segment {
  const { words, cells, counts, bloom, used } = segment
  const slot = slotOf(segment, seeds, low, high)
  const old = counts[slot] as number
  const now = countsAfter(old, before, after)
  if (words[2 * slot] === 0 && words[2 * slot + 1] === 0) {
    if (now === 0 && old === 0) return segment
    if (((used[0] as number) + 1) / counts.length > MOST_FILLED)
      return changeIn(grown(segment, seeds), seeds, low, high, before, after, only)
    words[2 * slot] = low
    words[2 * slot + 1] = high
    used[0] = (used[0] as number) + 1
    addToBloom(bloom, spread(seeds, low))
  }
  counts[slot] = now
  packCell(isOne(now) ? only : undefined, cells, 2 * slot)
  used[1] = (used[1] as number) + Number(now !== 0) - Number(old !== 0)
  return segment
}

/** Whether a count is not 0 for one of `labels`. */
export function isCounted(counts: number, labels: number): boolean {
  for (let i = 0; i < LABELS; i++)
    if (((labels >>> i) & 1) === 1 && ((counts >>> (3 * i)) & MOST_COUNTED) !== 0) return true
  return false
}

const LEAST_SLOTS = 16
/** With linear probing a hit reads four slots on the mean at 0.85; misses are the filter's. */
const MOST_FILLED = 0.85
const FILLED_AFTER_GROWTH = 0.75
const MOST_COUNTED = 7

function countsAfter(counts: number, before: number, after: number): number {
  let now = counts
  for (let i = 0; i < LABELS; i++) {
    const step = ((after >>> i) & 1) - ((before >>> i) & 1)
    const count = (counts >>> (3 * i)) & MOST_COUNTED
    if (step === 0 || count === MOST_COUNTED || count + step < 0) continue
    now += step << (3 * i)
  }
  return now
}

/** Whether one value alone is counted, and under one label. */
function isOne(counts: number): boolean {
  return (counts & ONE_OF_EACH) === counts && (counts & (counts - 1)) === 0
}

const ONE_OF_EACH = 0b001_001_001_001_001

/** The slot of a fingerprint, else the empty one where it would be put. */
function slotOf({ words, counts }: Segment, seeds: Seeds, low: number, high: number): number {
  const slots = counts.length
  // Of both words: fingerprints of one sort may share either.
  let slot = Math.floor((mixWord(high ^ mixWord(low ^ seeds[1])) >>> 0) * 2 ** -32 * slots)
  for (;;) {
    const there = words[2 * slot] as number
    const next = words[2 * slot + 1] as number
    if ((there === low && next === high) || (there === 0 && next === 0)) return slot
    slot += 1
    if (slot === slots) slot = 0
  }
}

/** An empty segment. */
function createSegment(slots: number): Segment {
  const words = 8
  const cells = words + slots * 8
  const bloom = cells + slots * 8
  const counts = bloom + bloomWords(slots) * 4
  const memory = new SharedArrayBuffer(4 * Math.ceil((counts + slots * 2) / 4))
  return {
    used: new Uint32Array(memory, 0, 2),
    words: new Uint32Array(memory, words, slots * 2),
    cells: new Uint32Array(memory, cells, slots * 2),
    bloom: new Uint32Array(memory, bloom, bloomWords(slots)),
    counts: new Uint16Array(memory, counts, slots),
  }
}

/** A segment with room again, without what is no longer counted. */
function grown({ words, cells, counts, used }: Segment, seeds: Seeds): Segment {
  const larger = createSegment(
    Math.max(LEAST_SLOTS, Math.ceil(((used[1] as number) + 1) / FILLED_AFTER_GROWTH)),
  )
  for (let slot = 0; slot < counts.length; slot++) {
    if (counts[slot] === 0) continue
    const low = words[2 * slot] as number
    const high = words[2 * slot + 1] as number
    const place = slotOf(larger, seeds, low, high)
    larger.words[2 * place] = low
    larger.words[2 * place + 1] = high
    larger.cells[2 * place] = cells[2 * slot] as number
    larger.cells[2 * place + 1] = cells[2 * slot + 1] as number
    larger.counts[place] = counts[slot] as number
    addToBloom(larger.bloom, spread(seeds, low))
  }
  larger.used.fill(used[1] as number)
  return larger
}
