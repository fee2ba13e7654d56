import { formatIp, networkOf, parseIp } from '@intelmesh/stix'
import { addressFingerprint, CIDR6_TAG, hideAddress, VALUE_TAGS } from '../store/sidecar/value-hash.ts'
import { type FingerprintIndex, hasFingerprint } from './fingerprint-index.ts'
import type { Report } from './match.ts'
import { readIpv4 } from '../store/sidecar/read-ipv4.ts'
import type { ValueFilter } from './value-filter.ts'

/** Looks for addresses in a line. */
export interface AddressScanner {
  /** A word of nothing but digits and dots. */
  ipv4(bytes: Uint8Array, start: number, end: number): void
  /** What is around a colon. Gives where the next one may be in another address. */
  ipv6(bytes: Uint8Array, colon: number, end: number): number
}

/** Finds addresses that are known, and those in networks that are known. */
export function createAddressScanner(filter: ValueFilter, report: Report): AddressScanner {
  const address = new Uint8Array(16)
  const hidden = new Uint8Array(16)
  const words = new Uint32Array(2)

  function isKnown(index: FingerprintIndex, tag: number, length: 4 | 16, prefix: number): boolean {
    addressFingerprint(tag, hidden, length, prefix, words)
    return hasFingerprint(index, words[0] as number, words[1] as number)
  }

  function mayBeInNetwork(): boolean {
    const half = ((hidden[0] as number) << 8) | (hidden[1] as number)
    return (((filter.halves[half >>> 3] as number) >>> (half & 7)) & 1) === 1
  }

  /** Looks up the address that was read. */
  function check(length: 4 | 16): void {
    hideAddress(filter.key, address, 0, length, hidden)
    const isV4 = length === 4
    const type = isV4 ? 'ipv4' : 'ipv6'
    if (isKnown(filter.values, VALUE_TAGS[type], length, 8 * length)) {
      const found = { type, value: formatIp([...address.subarray(0, length)]) } as const
      report({ found, known: found, relation: 'exact' })
    }
    if (isV4 && !mayBeInNetwork()) return
    const tag = isV4 ? VALUE_TAGS.cidr : CIDR6_TAG
    for (const prefix of filter.lengths[isV4 ? 4 : 6]) {
      if (!isKnown(filter.networks, tag, length, prefix)) continue
      const bytes = [...address.subarray(0, length)]
      const known = { type: 'cidr', value: `${formatIp(networkOf(bytes, prefix))}/${prefix}` } as const
      report({ found: { type, value: formatIp(bytes) }, known, relation: 'cidr' })
    }
  }

  return {
    ipv4(bytes, start, end) {
      if (end - start >= 7 && end - start <= 15 && readIpv4(bytes, start, end, address)) check(4)
    },
    ipv6(bytes, colon, end) {
      let start = colon
      while (start > 0 && colon - start < 4 && isHex(bytes[start - 1] as number)) start -= 1
      if (isPartOfWord(bytes[start - 1])) return colon + 1
      let stop = colon
      let colons = 0
      let isShort = false
      while (stop < end && stop - start <= LONGEST && isInAddress(bytes[stop] as number)) {
        if (bytes[stop] === COLON) {
          colons += 1
          isShort ||= bytes[stop + 1] === COLON && stop + 1 < end
        }
        stop += 1
      }
      // A time of day, most of all. What begins further on in it has no more colons.
      if (!isShort && colons < 6) return stop - start > LONGEST ? colon + 1 : stop
      let last = stop
      // A sentence may go on behind a dot with letters that could be digits of an address.
      if (stop < end && isPartOfWord(bytes[stop])) while (last > colon && bytes[last - 1] !== DOT) last -= 1
      while (bytes[last - 1] === DOT || (bytes[last - 1] === COLON && bytes[last - 2] !== COLON)) last -= 1
      if (last <= colon || last - start > LONGEST) return colon + 1
      const read = parseIp(
        Buffer.from(bytes.buffer, bytes.byteOffset + start, last - start).toString('latin1'),
      )
      if (read === undefined) return colon + 1
      address.set(read)
      check(read.length === 4 ? 4 : 16)
      return stop
    },
  }
}

const COLON = 0x3a
/** With six groups and an address of IPv4. */
const LONGEST = 45
const DOT = 0x2e

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}

function isInAddress(byte: number): boolean {
  return byte === COLON || byte === DOT || isHex(byte)
}

/** Letter, digit, underscore or colon: an address does not begin or end beside one. */
function isPartOfWord(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  const isDigit = byte >= 0x30 && byte <= 0x39
  return isDigit || (lower >= 0x61 && lower <= 0x7a) || byte === 0x5f || byte === COLON
}
