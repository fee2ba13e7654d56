import type { Observable } from '@intelmesh/stix'
import { hashText } from './hash-text.ts'
import { hidden, hideText } from './hidden-address.ts'
import { hostOf } from './host-of.ts'
import { addressFingerprint, CIDR6_TAG, hashValue, VALUE_TAGS, type ValueKey } from './value-hash.ts'

/** The three sorts of values whose fingerprints are kept apart, so that the few of a sort are found fast among the many. */
export const FINGERPRINT_SORTS = ['values', 'networks', 'urls'] as const
export type FingerprintSort = (typeof FINGERPRINT_SORTS)[number]

/** Of which sort a type of value is. */
export function sortOf(tag: number): FingerprintSort {
  if (tag === VALUE_TAGS.cidr || tag === CIDR6_TAG) return 'networks'
  return tag === VALUE_TAGS.url ? 'urls' : 'values'
}

/**
 * Writes the fingerprint of a value in normal form to `out`: two words, the lower one first. That of a URL has the hash of its host
 * for the upper one, so that a host tells whether any URL at it is known.
 *
 * @returns of which sort the value is
 */
export function fingerprintOf(key: ValueKey, observable: Observable, out: Uint32Array): FingerprintSort {
  const { type, value } = observable
  if (type === 'ipv4' || type === 'ipv6') {
    const length = hideText(key, value) === 4 ? 4 : 16
    addressFingerprint(VALUE_TAGS[type], hidden, length, 8 * length, out)
    return 'values'
  }
  if (type === 'cidr') {
    const slash = value.indexOf('/')
    const length = hideText(key, value.slice(0, slash)) === 4 ? 4 : 16
    const tag = length === 4 ? VALUE_TAGS.cidr : CIDR6_TAG
    addressFingerprint(tag, hidden, length, Number(value.slice(slash + 1)), out)
    return 'networks'
  }
  hashValue(key, observable, out)
  if (type !== 'url') return 'values'
  out[1] = hostWordOf(key, value)
  return 'urls'
}

/** As {@link fingerprintOf}, of the key that a value has in the index. */
export function fingerprintOfKey(key: Uint8Array, out: Uint32Array): void {
  const network = networkOfKey(key)
  if (network !== undefined || isAddress(key)) {
    const length = key.length > 16 ? 16 : 4
    const prefix = network?.length ?? 8 * length
    return addressFingerprint(key[0] as number, key.subarray(1), length, prefix, out)
  }
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  out[0] = view.getUint32(key.length - 8)
  // Before the hash of a URL, and the byte that ends its host, stands the hash of its host, or the end of its pseudonym.
  out[1] = view.getUint32(key.length - (key[0] === VALUE_TAGS.url ? 13 : 4))
}

/** The length of the network that a key of the index stands for; undefined for that of any other value. */
export function networkOfKey(
  key: Uint8Array,
): { readonly family: 4 | 6; readonly length: number } | undefined {
  if (key[0] !== VALUE_TAGS.cidr && key[0] !== CIDR6_TAG) return undefined
  return { family: key[0] === CIDR6_TAG ? 6 : 4, length: key.at(-1) as number }
}

/** What stands for a name in keys and in the fingerprints of URLs at it: 32 bits of its hash, of which one is always set. */
export function nameWord(low: number): number {
  const word = low | 0x80
  return (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
}

/** What stands for an address, of its pseudonym, in the fingerprints of URLs at it. */
export function addressWord(pseudonym: Uint8Array, length: 4 | 16): number {
  return new DataView(pseudonym.buffer, pseudonym.byteOffset + length - 4, 4).getUint32(0)
}

function hostWordOf(key: ValueKey, url: string): number {
  const host = hostOf(url)
  const length = hideText(key, host)
  if (length !== 0) return addressWord(hidden, length)
  hashText(key.value, VALUE_TAGS.domain, host, true, words)
  return nameWord(words[0] as number)
}

function isAddress(key: Uint8Array): boolean {
  return key[0] === VALUE_TAGS.ipv4 || key[0] === VALUE_TAGS.ipv6
}

const words = new Uint32Array(2)
