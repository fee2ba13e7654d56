import { addToBloom, bloomWords, mayBeIn } from '../store/sidecar/bloom.ts'
import { mixWord } from '../store/sidecar/mix-word.ts'
import { importValueKey, type ValueKey } from '../store/sidecar/value-hash.ts'
import { MatchError } from './errors.ts'
import { FILTER_HEAD_BYTES, readFilterHead } from './filter-format.ts'

/**
 * What a node knows, as fingerprints: who has it can tell whether a value may be among them, and nothing else. Its memory is
 * shared, so that another thread has it without a copy.
 */
export interface ValueFilter {
  readonly key: ValueKey
  /** Lengths of the networks that are known, the longest first. */
  readonly networks: Readonly<Record<4 | 6, readonly number[]>>
  /** Fingerprints in ascending order, two words each, the lower one first. */
  readonly words: Uint32Array
  /** For each value of the upper 16 bits, where the fingerprints that begin with them do; and the end. */
  readonly starts: Uint32Array
  readonly bloom: Uint32Array
}

/**
 * Reads what a node sends of what it knows.
 *
 * @throws MatchError MATCH_FILTER_DAMAGED
 * @see docs/spec/api.md, "The filter"
 */
export async function readFilter(pieces: AsyncIterable<Uint8Array>): Promise<ValueFilter> {
  const head: number[] = []
  let filter: ValueFilter | undefined
  let bytes: Uint8Array = new Uint8Array()
  let filled = 0
  for await (const piece of pieces) {
    const taken = Math.min(piece.length, FILTER_HEAD_BYTES - head.length)
    head.push(...piece.subarray(0, taken))
    if (head.length < FILTER_HEAD_BYTES) continue
    filter ??= emptyFilter(Uint8Array.from(head))
    bytes = new Uint8Array(filter.words.buffer)
    if (filled + piece.length - taken > bytes.length) throw damaged('more fingerprints than were announced')
    bytes.set(piece.subarray(taken), filled)
    filled += piece.length - taken
  }
  if (filter === undefined || filled !== bytes.length) throw damaged('it ends early')
  index(filter)
  return filter
}

/** Whether a fingerprint with this lower word may be there. False is sure. */
export function mayHaveLow({ bloom }: ValueFilter, low: number): boolean {
  return mayBeIn(bloom, mixWord(low))
}

/** Whether a fingerprint is there. */
export function hasFingerprint({ words, starts }: ValueFilter, low: number, high: number): boolean {
  let from = starts[high >>> BUCKET_SHIFT] as number
  let until = starts[(high >>> BUCKET_SHIFT) + 1] as number
  while (from < until) {
    const middle = (from + until) >>> 1
    const there = words[2 * middle + 1] as number
    if (there < high || (there === high && (words[2 * middle] as number) < low)) from = middle + 1
    else until = middle
  }
  return words[2 * from] === low && words[2 * from + 1] === high
}

const BUCKET_SHIFT = 16
const BUCKETS = 0x10000

function emptyFilter(head: Uint8Array): ValueFilter {
  const { key, count, networks } = readFilterHead(head)
  return {
    key: importValueKey(key),
    networks,
    words: new Uint32Array(new SharedArrayBuffer(8 * count)),
    starts: new Uint32Array(new SharedArrayBuffer(4 * (BUCKETS + 1))),
    bloom: new Uint32Array(new SharedArrayBuffer(4 * bloomWords(count + 1))),
  }
}

function index({ words, starts, bloom }: ValueFilter): void {
  const count = words.length / 2
  let bucket = 0
  for (let i = 0; i < count; i++) {
    const low = words[2 * i] as number
    const high = words[2 * i + 1] as number
    const before = i === 0 ? -1 : (words[2 * i - 1] as number)
    if (high < before || (high === before && low <= (words[2 * i - 2] as number)))
      throw damaged('the fingerprints are in no order')
    while (bucket <= high >>> BUCKET_SHIFT) starts[bucket++] = i
    addToBloom(bloom, mixWord(low))
  }
  starts.fill(count, bucket)
}

function damaged(what: string): MatchError {
  return new MatchError('MATCH_FILTER_DAMAGED', `the node sent a filter that cannot be read: ${what}`)
}
