import { setImmediate as nextTurn } from 'node:timers/promises'
import { type FingerprintTable, fingerprintsIn } from './fingerprint-table.ts'
import type { Fingerprints } from './interface.ts'

/** The fingerprints that are counted under one of `labels`, in ascending order. Others get their turn meanwhile. */
export async function sortedFingerprints(table: FingerprintTable, labels: number): Promise<Fingerprints> {
  const found: Uint32Array[] = []
  const starts = new Uint32Array(BUCKETS + 1)
  for (const [i, segment] of table.segments.entries()) {
    const words = fingerprintsIn(segment, labels)
    for (let at = 1; at < words.length; at += 2) {
      const next = ((words[at] as number) >>> BUCKET_SHIFT) + 1
      starts[next] = (starts[next] as number) + 1
    }
    found.push(words)
    if (i % SEGMENTS_A_TURN === 0) await nextTurn()
  }
  for (let i = 0; i < BUCKETS; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number)
  const count = starts[BUCKETS] as number
  const words = new Uint32Array(2 * count)
  const ends = starts.slice()
  for (const [i, some] of found.entries()) {
    for (let at = 0; at < some.length; at += 2) {
      const bucket = (some[at + 1] as number) >>> BUCKET_SHIFT
      const place = ends[bucket] as number
      words[2 * place] = some[at] as number
      words[2 * place + 1] = some[at + 1] as number
      ends[bucket] = place + 1
    }
    if (i % SEGMENTS_A_TURN === 0) await nextTurn()
  }
  return { count, pieces: pieces(words, starts) }
}

/** A bucket is sorted when it is asked for: a million fingerprints make some of four thousand. */
function* pieces(words: Uint32Array, starts: Uint32Array): Iterable<Uint8Array> {
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const from = starts[bucket] as number
    const length = (starts[bucket + 1] as number) - from
    if (length === 0) continue
    // Two words, the lower one first, are one number of 64 bits where bytes go from low to high, as everywhere that Node runs.
    new BigUint64Array(words.buffer, 8 * from, length).sort()
    yield new Uint8Array(words.buffer, 8 * from, 8 * length)
  }
}

const BUCKETS = 256
const BUCKET_SHIFT = 24
const SEGMENTS_A_TURN = 16
