import { mayBeIn } from './bloom.ts'
import {
  changeIn,
  countsIn,
  createSegment,
  createSegments,
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

/** An empty table that takes `expected` fingerprints, give or take, without growing. */
export function createTable(seeds: Seeds, expected: number = 0): FingerprintTable {
  const segments =
    expected === 0
      ? createSegments(SEGMENTS)
      : Array.from({ length: SEGMENTS }, () => createSegment(expected / SEGMENTS))
  return { seeds, segments }
}

/** Whether a fingerprint is there. */
export function hasFingerprint({ segments, seeds }: FingerprintTable, low: number, high: number): boolean {
  const mixed = spread(seeds, low)
  const segment = segments[mixed >>> SEGMENT_SHIFT] as Segment
  return mayBeIn(segment.bloom, mixed) && countsIn(segment, seeds, low, high) !== 0
}

/** Counts one value with this fingerprint more or less under each label, as bits, in which `after` differs from `before`. */
export function changeFingerprint(
  { segments, seeds }: FingerprintTable,
  low: number,
  high: number,
  before: number,
  after: number,
): void {
  const at = spread(seeds, low) >>> SEGMENT_SHIFT
  segments[at] = changeIn(segments[at] as Segment, seeds, low, high, before, after)
}

/** How many there are. */
export function sizeOf({ segments }: FingerprintTable): number {
  return segments.reduce((sum, { used }) => sum + (used[1] as number), 0)
}

/** Bytes of memory. */
export function bytesOf({ segments }: FingerprintTable): number {
  return segments.reduce(
    (sum, { words, counts, bloom }) => sum + words.byteLength + counts.byteLength + bloom.byteLength,
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
