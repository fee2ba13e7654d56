import { parseIp } from '@intelmesh/stix'

/**
 * The addresses from first to last, each as 32 hexadecimal digits, so that texts compare as addresses do. IPv4 stands where RFC 4291
 * section 2.5.5.2 maps it.
 */
export interface AddressRange {
  readonly first: string
  readonly last: string
}

/** Ranges in which one can search. */
export interface RangeSet {
  /** Whether any address is in both. */
  overlaps(range: AddressRange): boolean
}

/** Reads an address, or a network as `192.0.2.0/24`; undefined for anything else. Bits of the host are cleared. */
export function rangeOf(text: string): AddressRange | undefined {
  const slash = text.indexOf('/')
  const bytes = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (bytes === undefined) return undefined
  const address = hexOf(bytes)
  if (slash < 0) return { first: address, last: address }
  const length = text.slice(slash + 1)
  // A mapped network is written with the length of an IPv6 one.
  const before = text.includes(':') ? 0 : 96
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) + before : Infinity
  const isMapped = address.startsWith(MAPPED)
  return prefix > 128 || (isMapped && prefix < 96) ? undefined : networkRange(address, prefix)
}

/** Sorts the ranges and joins those that overlap; one search takes the logarithm of their number. */
export function createRangeSet(ranges: readonly AddressRange[]): RangeSet {
  const joined: AddressRange[] = []
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const before = joined.at(-1)
    if (before === undefined || before.last < range.first) joined.push(range)
    else if (before.last < range.last) joined[joined.length - 1] = { first: before.first, last: range.last }
  }
  return {
    overlaps({ first, last }) {
      let low = 0
      let high = joined.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((joined[middle] as AddressRange).last < first) low = middle + 1
        else high = middle
      }
      const candidate = joined[low]
      return candidate !== undefined && candidate.first <= last
    },
  }
}

function networkRange(address: string, prefix: number): AddressRange {
  const whole = prefix >> 2
  const start = address.slice(0, whole)
  if (whole === 32) return { first: start, last: start }
  const digit = Number.parseInt(address.charAt(whole), 16)
  const hosts = 0xf >> (prefix & 3)
  const rest = 31 - whole
  return {
    first: start + (digit & ~hosts).toString(16) + '0'.repeat(rest),
    last: start + (digit | hosts).toString(16) + 'f'.repeat(rest),
  }
}

const MAPPED = '00000000000000000000ffff'

function hexOf(bytes: readonly number[]): string {
  let hex = bytes.length === 4 ? MAPPED : ''
  for (const byte of bytes) hex += byte < 16 ? `0${byte.toString(16)}` : byte.toString(16)
  return hex
}
