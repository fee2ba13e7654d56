import { LABELS } from './segment.ts'

/** How many networks of each length are known under each label. */
export interface NetworkLengths {
  change(family: 4 | 6, length: number, before: number, after: number): void
  /** Lengths known under one of `labels`, as bits, the longest first. */
  known(family: 4 | 6, labels: number): readonly number[]
  /** The counts: by label, then family, then length. */
  readonly counts: Uint32Array
}

/** Counts of networks; all zero unless `counts` of a former one are given. */
export function createNetworkLengths(counts: Uint32Array = new Uint32Array(NETWORK_COUNTS)): NetworkLengths {
  return {
    counts,
    change(family, length, before, after) {
      for (let label = 0; label < LABELS; label++) {
        const at = placeOf(label, family, length)
        const step = ((after >>> label) & 1) - ((before >>> label) & 1)
        counts[at] = Math.max(0, (counts[at] as number) + step)
      }
    },
    known(family, labels) {
      const isKnown = (length: number): boolean =>
        LABEL_NUMBERS.some(
          (label) => ((labels >>> label) & 1) === 1 && counts[placeOf(label, family, length)] !== 0,
        )
      return Array.from({ length: LENGTHS }, (_, i) => LENGTHS - 1 - i).filter(isKnown)
    },
  }
}

const LABEL_NUMBERS: readonly number[] = Array.from({ length: LABELS }, (_, label) => label)
/** 0 to 128 bits. */
const LENGTHS = 129
/** Numbers in `counts`. */
export const NETWORK_COUNTS: number = LABELS * 2 * LENGTHS

function placeOf(label: number, family: 4 | 6, length: number): number {
  return (label * 2 + (family === 6 ? 1 : 0)) * LENGTHS + length
}
