import { idAt, type JoinedIds, joinIds } from './joined-ids.ts'

/** A set of short ids: asked a million times for a few of them, it stays a memory access. */
export interface ShortIdSet {
  has(low: number, high: number): boolean
}

/**
 * Whoever asks for short ids chooses them: they are sorted, so that one question looks at the logarithm of their number whatever they are, and at one
 * or two where they are spread as those of honest ids are.
 *
 * @param shortIds two words each
 */
export function shortIdSet(shortIds: Int32Array): ShortIdSet {
  const words = sortedPairs(shortIds)
  const bits = Math.ceil(Math.log2(shortIds.length + 2))
  const starts = startsOf(words, bits)
  return {
    has(low, high) {
      const first = high >>> (32 - bits)
      return hasPair(words, starts[first] as number, starts[first + 1] as number, low >>> 0, high >>> 0)
    },
  }
}

/** Those of some ids whose short ids, two words each in the same order, are in a set. */
export function idsWithShortIds(ids: JoinedIds, shortIds: Int32Array, wanted: ShortIdSet): JoinedIds {
  const found: Uint8Array[] = []
  for (let i = 0; i < shortIds.length; i += 2)
    if (wanted.has(shortIds[i] as number, shortIds[i + 1] as number)) found.push(idAt(ids, i / 2))
  return joinIds(found)
}

/** Whether a pair is among sorted ones, from place `from` to `to` (not included), by halves. Exported to count what it looks at. */
export function hasPair(
  words: { readonly [index: number]: number },
  from: number,
  to: number,
  low: number,
  high: number,
): boolean {
  let [start, end] = [from, to]
  while (start < end) {
    const middle = (start + end) >>> 1
    const middleHigh = words[2 * middle + HIGH] as number
    const middleLow = words[2 * middle + LOW] as number
    if (middleHigh === high && middleLow === low) return true
    if (middleHigh < high || (middleHigh === high && middleLow < low)) start = middle + 1
    else end = middle
  }
  return false
}

/** Where the two words of a 64-bit number are. */
const HIGH = new Uint32Array(BigUint64Array.of(1n).buffer)[0] === 1 ? 1 : 0
const LOW = 1 - HIGH

/** Pairs of words as 64-bit numbers that ascend. */
function sortedPairs(shortIds: Int32Array): Uint32Array {
  const words = new Uint32Array(shortIds.length)
  for (let i = 0; i < shortIds.length; i += 2) {
    words[i + LOW] = shortIds[i] as number
    words[i + HIGH] = shortIds[i + 1] as number
  }
  new BigUint64Array(words.buffer).sort()
  return words
}

/** For every beginning of a high word, the first place at which it, or a later one, is. */
function startsOf(words: Uint32Array, bits: number): Uint32Array {
  const starts = new Uint32Array(2 ** bits + 1)
  for (let i = HIGH; i < words.length; i += 2)
    starts[((words[i] as number) >>> (32 - bits)) + 1] = (i >>> 1) + 1
  for (let i = 1; i < starts.length; i++) if (starts[i] === 0) starts[i] = starts[i - 1] as number
  return starts
}
