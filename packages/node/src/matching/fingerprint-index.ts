import { addToBloom, bloomWords, mayBeIn } from '../store/sidecar/bloom.ts'
import { mixWord } from '../store/sidecar/mix-word.ts'

/** Fingerprints that do not change, where they are found fast: 10 bytes for each. Its memory is shared between threads. */
export interface FingerprintIndex {
  /** In ascending order, two words each, the lower one first. */
  readonly words: Uint32Array
  /** For each value of the upper bits of a fingerprint, where those that begin with it do; and the end. */
  readonly starts: Uint32Array
  /** What is left of the upper word without these bits. */
  readonly shift: number
  /** Of the lower words. */
  readonly bloom: Uint32Array
}

/** An index of as many fingerprints, whose words are to be filled in before {@link completeIndex}. */
export function createIndex(count: number): FingerprintIndex {
  const bits = Math.min(MOST_BITS, Math.max(1, Math.ceil(Math.log2((count + 1) / IN_A_BUCKET))))
  return {
    words: sharedWords(2 * count),
    starts: sharedWords(2 ** bits + 1),
    shift: 32 - bits,
    bloom: sharedWords(bloomWords(count + 1)),
  }
}

/** Makes the words findable. @returns false where they are not in ascending order */
export function completeIndex({ words, starts, shift, bloom }: FingerprintIndex): boolean {
  const count = words.length / 2
  let bucket = 0
  let lowBefore = -1
  let highBefore = -1
  for (let i = 0; i < count; i++) {
    const low = words[2 * i] as number
    const high = words[2 * i + 1] as number
    if (high < highBefore || (high === highBefore && low <= lowBefore)) return false
    while (bucket <= high >>> shift) starts[bucket++] = i
    addToBloom(bloom, mixWord(low))
    lowBefore = low
    highBefore = high
  }
  starts.fill(count, bucket)
  return true
}

/** Whether a fingerprint with this lower word may be there. False is sure. */
export function mayHaveLow({ bloom }: FingerprintIndex, low: number): boolean {
  return mayBeIn(bloom, mixWord(low))
}

/** Whether a fingerprint is there. */
export function hasFingerprint(
  { words, starts, shift, bloom }: FingerprintIndex,
  low: number,
  high: number,
): boolean {
  if (!mayBeIn(bloom, mixWord(low))) return false
  let from = starts[high >>> shift] as number
  let until = starts[(high >>> shift) + 1] as number
  while (from < until) {
    const middle = (from + until) >>> 1
    const there = words[2 * middle + 1] as number
    if (there < high || (there === high && (words[2 * middle] as number) < low)) from = middle + 1
    else until = middle
  }
  return words[2 * from] === low && words[2 * from + 1] === high
}

/** Numbers that several threads can read. */
export function sharedWords(count: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * count))
}

const IN_A_BUCKET = 8
const MOST_BITS = 20
