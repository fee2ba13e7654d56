import { normalise } from './normalise.ts'
import type { Observable, ObservableType } from './observable.ts'
import { refang } from './refang.ts'

/** Longest text looked at. */
const MAX_TEXT = 8192

/**
 * Reads one value a person wrote, defanged or not, and says what it can be: the likeliest first, each in
 * normal form. Empty if it is nothing that is known by its form; names of files and the like are not.
 *
 * @see docs/spec/stix.md, "Look-up"
 */
export function recognise(text: string): readonly Observable[] {
  if (text.length > MAX_TEXT) return []
  const plain = refang(text)
  const address = withoutPort(plain)
  const found: Observable[] = []
  for (const [type, isPlausible] of RECOGNISERS) {
    const candidate = ADDRESSED.has(type) ? address : plain
    const value = isPlausible(candidate) ? normalise(type, candidate) : undefined
    if (value !== undefined) found.push({ type, value })
  }
  // A network of one address is that address.
  return found.length === 0 ? ofSingleNetwork(plain) : found
}

const always = (): boolean => true

/** In order of likelihood. The second entry keeps out text that only happens to fit. */
const RECOGNISERS: readonly (readonly [ObservableType, (text: string) => boolean])[] = [
  ['ipv4', always],
  ['ipv6', always],
  ['cidr', always],
  ['url', always],
  ['email', (text) => !text.includes('://')],
  ['md5', always],
  ['sha1', always],
  ['sha256', always],
  ['sha512', always],
  ['sha3-256', always],
  ['sha3-512', always],
  ['tlsh', always],
  ['x509-md5', always],
  ['x509-sha1', always],
  ['x509-sha256', always],
  ['mac', (text) => text.length === 17 || text.length === 14],
  ['asn', (text) => text.slice(0, 2).toUpperCase() === 'AS'],
  ['domain', (text) => text.includes('.') && !text.includes('/')],
  ['ssdeep', always],
  ['registry-key', (text) => text.slice(0, 2).toUpperCase() === 'HK' && text.includes('\\')],
  ['x509-serial', isSerialShaped],
]

/** Pairs of digits between colons, more than a MAC address has, or 8 to 20 octets of digits. */
function isSerialShaped(text: string): boolean {
  if (text.includes(':')) return text.length > 17 && text.split(':').every((pair) => pair.length === 2)
  return text.length >= 16 && text.length <= 40
}

/** Types that people write with a port. */
const ADDRESSED: ReadonlySet<ObservableType> = new Set(['ipv4', 'ipv6', 'domain'])

/** Cuts `:port` off `1.2.3.4:80`, `name:80` and `[::1]:80`, and brackets off `[::1]`. */
function withoutPort(text: string): string {
  const close = text.startsWith('[') ? text.indexOf(']') : -1
  if (close > 0) return text.slice(1, close)
  const colon = text.indexOf(':')
  const port = text.slice(colon + 1)
  const isPort = /^\d{1,5}$/.test(port)
  return colon > 0 && isPort ? text.slice(0, colon) : text
}

function ofSingleNetwork(text: string): readonly Observable[] {
  const slash = text.indexOf('/')
  if (slash < 0) return []
  const type = text.slice(slash) === '/32' ? 'ipv4' : text.slice(slash) === '/128' ? 'ipv6' : undefined
  const value = type === undefined ? undefined : normalise(type, text.slice(0, slash))
  return type === undefined || value === undefined ? [] : [{ type, value }]
}
