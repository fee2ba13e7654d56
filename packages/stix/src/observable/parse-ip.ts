import { isHex } from '../hex.ts'

/** An address as bytes: 4 for IPv4, 16 for IPv6. */
export type IpBytes = readonly number[]

/** Reads an IPv4 or IPv6 address. An IPv4-mapped IPv6 address is that IPv4 address. No zone, no brackets. */
export function parseIp(text: string): IpBytes | undefined {
  const bytes = parseIpv4(text) ?? parseIpv6(text)
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes
}

/** Four decimal numbers without leading zeros, which some readers take for octal. */
export function parseIpv4(text: string): IpBytes | undefined {
  if (text.length < 7 || text.length > 15) return undefined
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = parts.map((part) => readDecimal(part, 255))
  return bytes.includes(-1) ? undefined : bytes
}

/** Any spelling of RFC 4291 section 2.2. */
export function parseIpv6(text: string): IpBytes | undefined {
  if (text.length < 2 || text.length > 45 || !text.includes(':')) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = readGroups(halves[0] ?? '', halves.length === 1)
  const tail = halves.length === 2 ? readGroups(halves[1] ?? '', true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return [...head, ...Array<number>(missing).fill(0), ...tail]
}

/** Writes an address in its one form. @see RFC 5952 for IPv6 */
export function formatIp(bytes: IpBytes): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number))
  const { from, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, from).join(':')}::${hex.slice(from + length).join(':')}`
}

/** The first address of the network of `prefix` bits that holds `bytes`. */
export function networkOf(bytes: IpBytes, prefix: number): IpBytes {
  return bytes.map((byte, i) => {
    const bits = Math.min(8, Math.max(0, prefix - i * 8))
    return byte & (0xff00 >> bits) & 0xff
  })
}

/** A decimal number of 0 to `max` without sign or leading zeros; -1 for anything else. */
export function readDecimal(text: string, max: number): number {
  if (text.length === 0 || text.length > 10 || (text.length > 1 && text.startsWith('0'))) return -1
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (!(digit >= 0 && digit <= 9)) return -1
    value = value * 10 + digit
  }
  return value <= max ? value : -1
}

function readGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    const ipv4 = mayEndInIpv4 && i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined
    if (ipv4 !== undefined) {
      bytes.push(...ipv4)
      continue
    }
    if (group.length > 4 || !isHex(group)) return undefined
    const value = Number.parseInt(group, 16)
    bytes.push(value >> 8, value & 0xff)
  }
  return bytes
}

function isMapped(bytes: IpBytes): boolean {
  return bytes.length === 16 && bytes.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff))
}

function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 }
  for (let from = 0; from < groups.length; from++) {
    let end = from
    while (end < groups.length && groups[end] === 0) end++
    if (end - from > best.length) best = { from, length: end - from }
  }
  return best
}
