import { addToBloom, bloomWords } from '../store/sidecar/bloom.ts'
import { FINGERPRINT_SORTS, type FingerprintSort } from '../store/sidecar/index.ts'
import { mixWord } from '../store/sidecar/mix-word.ts'
import { importValueKey, VALUE_TAGS, type ValueKey } from '../store/sidecar/value-hash.ts'
import { MatchError } from './errors.ts'
import { FILTER_HEAD_BYTES, readFilterHead } from './filter-format.ts'
import { completeIndex, createIndex, type FingerprintIndex, sharedWords } from './fingerprint-index.ts'

/** What a node knows, as fingerprints: who has it can tell whether a value may be among them, and nothing else. */
export interface ValueFilter extends Readonly<Record<FingerprintSort, FingerprintIndex>> {
  readonly key: ValueKey
  /** Lengths of the networks that are known, the longest first. */
  readonly lengths: Readonly<Record<4 | 6, readonly number[]>>
  /** A bit for each upper half of a pseudonym of IPv4: whether a network that is known has addresses that begin so. */
  readonly halves: Uint8Array
  /** A Bloom filter of the hosts of URLs that are known. */
  readonly hosts: Uint32Array
}

/**
 * Reads what a node sends of what it knows.
 *
 * @throws MatchError MATCH_FILTER_DAMAGED
 * @see docs/spec/api.md, "The filter"
 */
export async function readFilter(pieces: AsyncIterable<Uint8Array>): Promise<ValueFilter> {
  const head = Buffer.alloc(FILTER_HEAD_BYTES)
  let read = 0
  let filter: ValueFilter | undefined
  /** Where the bytes go, one after the other. */
  let places: readonly Uint8Array[] = []
  for await (const piece of pieces) {
    let at = 0
    if (filter === undefined) {
      at = Math.min(piece.length, FILTER_HEAD_BYTES - read)
      head.set(piece.subarray(0, at), read)
      read += at
      if (read < FILTER_HEAD_BYTES) continue
      filter = emptyFilter(head)
      places = placesIn(filter)
    }
    places = fill(places, piece.subarray(at))
  }
  if (filter === undefined || places.some(({ length }) => length > 0)) throw damaged('it ends early')
  const { urls, hosts, networks, halves } = filter
  for (const sort of FINGERPRINT_SORTS)
    if (!completeIndex(filter[sort])) throw damaged('its fingerprints are in no order')
  for (let i = 1; i < urls.words.length; i += 2) addToBloom(hosts, mixWord(urls.words[i] as number))
  for (let i = 0; i < networks.words.length; i += 2)
    markHalves(halves, networks.words[i] as number, networks.words[i + 1] as number)
  return filter
}

function emptyFilter(bytes: Uint8Array): ValueFilter {
  const { key, counts, lengths } = readFilterHead(bytes)
  return {
    key: importValueKey(key),
    lengths,
    values: createIndex(counts.values),
    networks: createIndex(counts.networks),
    urls: createIndex(counts.urls),
    halves: new Uint8Array(new SharedArrayBuffer(8192)),
    hosts: sharedWords(bloomWords(counts.urls + 1)),
  }
}

/** @param mark tag and length of a network, as its fingerprint has them */
function markHalves(halves: Uint8Array, pseudonym: number, mark: number): void {
  if (mark >>> 8 !== VALUE_TAGS.cidr) return
  const first = pseudonym >>> 16
  const last = first + 2 ** Math.max(0, 16 - (mark & 0xff))
  for (let half = first; half < last; half++)
    halves[half >>> 3] = (halves[half >>> 3] as number) | (1 << (half & 7))
}

function placesIn(filter: ValueFilter): readonly Uint8Array[] {
  return FINGERPRINT_SORTS.map((sort) => new Uint8Array(filter[sort].words.buffer))
}

/** Copies bytes to the first places that have room. @returns what room is left */
function fill(places: readonly Uint8Array[], bytes: Uint8Array): readonly Uint8Array[] {
  const [place, ...others] = places
  if (bytes.length === 0) return places
  if (place === undefined) throw damaged('it holds more than it says')
  const taken = Math.min(place.length, bytes.length)
  place.set(bytes.subarray(0, taken))
  const left = place.subarray(taken)
  return left.length > 0 ? [left, ...others] : fill(others, bytes.subarray(taken))
}

function damaged(what: string): MatchError {
  return new MatchError('MATCH_FILTER_DAMAGED', `the node sent a filter that cannot be read: ${what}`)
}
