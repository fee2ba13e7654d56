import { hash } from 'node:crypto'
import type { Observable, ObservableType } from '@intelmesh/stix'
import { hashText } from './hash-text.ts'
import type { HashKey } from './keyed-hash.ts'
import { mixWord } from './mix-word.ts'

/** What turns values into keys and fingerprints. Whoever has it can do so for any value, and learns from it none that is known. */
export interface ValueKey {
  readonly value: HashKey
  readonly address: HashKey
}

/** The number of each type of value in keys and fingerprints. Networks of IPv6 have one of their own. @see docs/spec/store.md */
export const VALUE_TAGS: Readonly<Record<ObservableType, number>> = {
  ipv4: 1,
  ipv6: 2,
  cidr: 3,
  domain: 5,
  url: 6,
  email: 7,
  mac: 8,
  asn: 9,
  md5: 10,
  sha1: 11,
  sha256: 12,
  sha512: 13,
  'sha3-256': 14,
  'sha3-512': 15,
  ssdeep: 16,
  tlsh: 17,
  'file-name': 18,
  mutex: 19,
  'registry-key': 20,
  'user-agent': 21,
  'x509-serial': 22,
  'x509-md5': 23,
  'x509-sha1': 24,
  'x509-sha256': 25,
}

/** {@link VALUE_TAGS} for networks of IPv6. */
export const CIDR6_TAG = 4

/** The key that a store uses, of its random mask of 32 bytes. It does not lead back to the mask. */
export function valueKeyOf(mask: Uint8Array): ValueKey {
  if (mask.length !== 32) throw new RangeError(`expected a mask of 32 bytes, got ${mask.length}`)
  return importValueKey(hash('sha256', Buffer.concat([Buffer.from('intelmesh values 1'), mask]), 'buffer'))
}

/** A key from the first 16 of `bytes`: four words, the lowest byte of each first. */
export function importValueKey(bytes: Uint8Array): ValueKey {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = [0, 4, 8, 12].map((at) => view.getUint32(at, true))
  return { value: Uint32Array.from(words.slice(0, 2)), address: Uint32Array.from(words.slice(2)) }
}

/** The 16 bytes that {@link importValueKey} takes. */
export function exportValueKey({ value, address }: ValueKey): Uint8Array {
  const view = new DataView(new ArrayBuffer(16))
  for (const [i, word] of [...value, ...address].entries()) view.setUint32(i * 4, word, true)
  return new Uint8Array(view.buffer)
}

/** Writes the fingerprint of a value that is neither address nor network to `out`: two words, the lower one first. */
export function hashValue(key: ValueKey, { type, value }: Observable, out: Uint32Array): void {
  hashText(key.value, VALUE_TAGS[type], value, type !== 'url', out)
}

/**
 * Hides an address so that as many bits of two addresses are equal as are equal of their pseudonyms: each byte is combined with
 * eight bits of a keyed mix of those before it.
 *
 * @param address 4 or 16 bytes from `at` on; the pseudonym is written to `out`
 */
export function hideAddress(
  key: ValueKey,
  address: Uint8Array,
  at: number,
  length: 4 | 16,
  out: Uint8Array,
): void {
  const key0 = key.address[0] as number
  const key1 = key.address[1] as number
  let state = mixWord(key0 ^ length)
  for (let i = 0; i < length; i++) {
    const byte = address[at + i] as number
    out[i] = byte ^ (state >>> 24)
    state = mixWord((state ^ byte) + key1)
  }
}

/**
 * The fingerprint of an address or network, of its pseudonym: two words, the lower one first. Those of IPv4 are all different; that
 * of a network of IPv4 is its pseudonym, and tag and length.
 *
 * @param prefix bits that count; the others are taken for 0
 */
export function addressFingerprint(
  tag: number,
  pseudonym: Uint8Array,
  length: 4 | 16,
  prefix: number,
  out: Uint32Array,
): void {
  const mark = (tag << 8) | prefix
  if (tag === VALUE_TAGS.cidr) {
    out[0] = wordAt(pseudonym, 0) & maskOf(prefix)
    out[1] = mark
    return
  }
  let low = Math.imul(mark, 0x9e3779b1)
  let high = mark
  for (let i = 0; i < length; i += 4) {
    low = mixWord(low ^ (wordAt(pseudonym, i) & maskOf(prefix - i * 8)))
    high = mixWord(high + low)
  }
  out[0] = low
  out[1] = high
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  )
}

/** A word whose upper `bits` are set. */
function maskOf(bits: number): number {
  return bits >= 32 ? -1 : bits <= 0 ? 0 : -1 << (32 - bits)
}
