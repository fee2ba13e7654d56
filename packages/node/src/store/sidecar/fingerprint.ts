import { type Observable, parseIp } from '@intelmesh/stix'
import {
  addressFingerprint,
  CIDR6_TAG,
  hashValue,
  hideAddress,
  VALUE_TAGS,
  type ValueKey,
} from './value-hash.ts'

/** Writes the fingerprint of a value in normal form to `out`: two words, the lower one first. */
export function fingerprintOf(key: ValueKey, observable: Observable, out: Uint32Array): void {
  const { type, value } = observable
  const isNetwork = type === 'cidr'
  if (!isNetwork && type !== 'ipv4' && type !== 'ipv6') return hashValue(key, observable, out)
  const slash = isNetwork ? value.indexOf('/') : value.length
  address.set(parseIp(value.slice(0, slash)) ?? [])
  const length = value.includes(':') ? 16 : 4
  hideAddress(key, address, 0, length, hidden)
  const tag = isNetwork && length === 16 ? CIDR6_TAG : VALUE_TAGS[type]
  addressFingerprint(tag, hidden, length, isNetwork ? Number(value.slice(slash + 1)) : 8 * length, out)
}

/** As {@link fingerprintOf}, of the key that a value has in the index. */
export function fingerprintOfKey(key: Uint8Array, out: Uint32Array): void {
  const network = networkOfKey(key)
  if (network !== undefined || isAddress(key)) {
    const length = key.length > 16 ? 16 : 4
    const prefix = network?.length ?? 8 * length
    return addressFingerprint(key[0] as number, key.subarray(1), length, prefix, out)
  }
  const view = new DataView(key.buffer, key.byteOffset + key.length - 8, 8)
  out[0] = view.getUint32(0)
  out[1] = view.getUint32(4)
}

/** The length of the network that a key of the index stands for; undefined for that of any other value. */
export function networkOfKey(
  key: Uint8Array,
): { readonly family: 4 | 6; readonly length: number } | undefined {
  if (key[0] !== VALUE_TAGS.cidr && key[0] !== CIDR6_TAG) return undefined
  return { family: key[0] === CIDR6_TAG ? 6 : 4, length: key.at(-1) as number }
}

function isAddress(key: Uint8Array): boolean {
  return key[0] === VALUE_TAGS.ipv4 || key[0] === VALUE_TAGS.ipv6
}

const address = new Uint8Array(16)
const hidden = new Uint8Array(16)
