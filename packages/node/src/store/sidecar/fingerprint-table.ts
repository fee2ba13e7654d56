import type { Cell } from '../cells.ts'
import { mayBeIn } from './bloom.ts'
import {
  cellIn,
  changeIn,
  countsIn,
  EMPTY_SEGMENT,
  isCounted,
  type Seeds,
  type Segment,
  spread,
} from './segment.ts'

/**
 * Fingerprints in segments, each of which grows by itself: making room never takes longer than some milliseconds. All of it can be
 * handed to another thread as it is.
 */
export interface FingerprintTable {
  readonly segments: Segment[]
  readonly seeds: Seeds
}

/** An empty table. */
export function createTable(seeds: Seeds): FingerprintTable {
  return { seeds, segments: Array<Segment>(SEGMENTS).fill(EMPTY_SEGMENT) }
}

/** Whether a fingerprint is there. */
export function hasFingerprint({ segments, seeds }: FingerprintTable, low: number, high: number): boolean {
  const mixed = spread(seeds, low)
  const segment = segments[mixed >>> SEGMENT_SHIFT] as Segment
  return mayBeIn(segment.bloom, mixed) && countsIn(segment, seeds, low, high) !== 0
}

/** The record that names the value with this fingerprint, if both are one alone, and that is known. */
export function onlyCell({ segments, seeds }: FingerprintTable, low: number, high: number): Cell | undefined {
  const segment = segments[spread(seeds, low) >>> SEGMENT_SHIFT] as Segment
  return cellIn(segment, seeds, low, high)
}

/**
 * Counts one value with this fingerprint more or less under each label, as bits, in which `after` differs from `before`.
 *
 * @param only the record that names the value now, if it is one alone
 */
export function changeFingerprint(
  { segments, seeds }: FingerprintTable,
  low: number,
  high: number,
  before: number,
  after: number,
  only: Cell | undefined,
): void {
  const at = spread(seeds, low) >>> SEGMENT_SHIFT
  segments[at] = changeIn(segments[at] as Segment, seeds, low, high, before, after, only)
}

/** How many there are. */
export function sizeOf({ segments }: FingerprintTable): number {
  return segments.reduce((sum, { used }) => sum + (used[1] as number), 0)
}

/** Bytes of memory. */
export function bytesOf({ segments }: FingerprintTable): number {
  return segments.reduce(
    (sum, { words, cells, counts, bloom }) =>
      sum + words.byteLength + cells.byteLength + counts.byteLength + bloom.byteLength,
    0,
  )
}

/** The fingerprints of one segment that are counted under one of `labels`, two words each. */
export function fingerprintsIn({ words, counts }: Segment, labels: number): Uint32Array {
  const found: number[] = []
  for (let slot = 0; slot < counts.length; slot++)
    if (isCounted(counts[slot] as number, labels))
      found.push(words[2 * slot] as number, words[2 * slot + 1] as number)
  return Uint32Array.from(found)
}

/** A million fingerprints make segments of four thousand. */
export const SEGMENTS = 256
const SEGMENT_SHIFT = 24
