import {
  exportValueKey,
  FINGERPRINT_SORTS,
  type FingerprintSort,
  type LabelSet,
  type Sidecar,
} from '../store/sidecar/index.ts'
import { MatchError } from './errors.ts'

/** What stands before the fingerprints. */
export interface FilterHead {
  /** 16 bytes, as `importValueKey` takes them. */
  readonly key: Uint8Array
  /** Fingerprints of each sort that follow. */
  readonly counts: Readonly<Record<FingerprintSort, number>>
  /** Lengths of networks in use, the longest first. */
  readonly lengths: Readonly<Record<4 | 6, readonly number[]>>
}

/** Bytes of the head: magic, key, counts, and a bit for every length of networks of IPv4 and IPv6. */
export const FILTER_HEAD_BYTES = 68

/**
 * What of a sidecar somebody may have who may see `labels`, as bytes: the key, and the fingerprints of those values alone that
 * records name under them. Of others nothing is in it, not even how many there are.
 *
 * @see docs/spec/api.md, "The filter"
 */
export async function* filterBytes(
  sidecar: Pick<Sidecar, 'key' | 'fingerprints' | 'networkLengths'>,
  labels: LabelSet,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const [values, networks, urls] = [
    await sidecar.fingerprints('values', labels),
    await sidecar.fingerprints('networks', labels),
    await sidecar.fingerprints('urls', labels),
  ]
  const lengths = { 4: sidecar.networkLengths(4, labels), 6: sidecar.networkLengths(6, labels) }
  const counts = { values: values.count, networks: networks.count, urls: urls.count }
  yield writeFilterHead({ key: exportValueKey(sidecar.key), counts, lengths })
  for (const { pieces } of [values, networks, urls])
    for (const piece of pieces) {
      signal.throwIfAborted()
      yield piece
    }
}

/** A head as bytes. */
function writeFilterHead({ key, counts, lengths }: FilterHead): Uint8Array {
  const head = Buffer.alloc(FILTER_HEAD_BYTES)
  head.write(MAGIC, 'latin1')
  head.set(key, KEY_AT)
  for (const [i, sort] of FINGERPRINT_SORTS.entries()) head.writeUInt32LE(counts[sort], COUNTS_AT + 4 * i)
  for (const family of [4, 6] as const)
    for (const length of lengths[family]) {
      const at = LENGTHS_AT[family] + (length >>> 3)
      head[at] = (head[at] as number) | (1 << (length & 7))
    }
  return head
}

/** Reads a head. @throws MatchError MATCH_FILTER_DAMAGED */
export function readFilterHead(bytes: Uint8Array): FilterHead {
  const head = Buffer.from(bytes)
  const [values = 0, networks = 0, urls = 0] = FINGERPRINT_SORTS.map((_, i) =>
    head.readUInt32LE(COUNTS_AT + 4 * i),
  )
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC || values + networks + urls > MAX_FINGERPRINTS)
    throw new MatchError('MATCH_FILTER_DAMAGED', 'what the node sent is no filter that this program can read')
  return {
    key: head.subarray(KEY_AT, COUNTS_AT),
    counts: { values, networks, urls },
    lengths: { 4: lengthsIn(head, 4), 6: lengthsIn(head, 6) },
  }
}

const MAGIC = 'intelmesh filter 1\n\0'
const KEY_AT = 20
const COUNTS_AT = 36
/** 4 bytes for the lengths 0 to 31, 16 for 0 to 127. */
const LENGTHS_AT: Readonly<Record<4 | 6, number>> = { 4: 48, 6: 52 }
/** A gigabyte of them: more than any node holds. */
const MAX_FINGERPRINTS = 2 ** 27

function lengthsIn(head: Buffer, family: 4 | 6): readonly number[] {
  const most = family === 4 ? 31 : 127
  const isSet = (length: number): boolean =>
    (((head[LENGTHS_AT[family] + (length >>> 3)] as number) >>> (length & 7)) & 1) === 1
  return Array.from({ length: most + 1 }, (_, i) => most - i).filter(isSet)
}
