import { isHex } from '../hex.ts'
import { normaliseDomain } from './normalise-domain.ts'
import { formatIp, parseIp, readDecimal } from './parse-ip.ts'

/** Parts of a URL in normal form. */
export interface NormalUrl {
  readonly text: string
  /** Domain name or address, without brackets. */
  readonly host: string
  readonly hostType: 'domain' | 'ipv4' | 'ipv6'
}

/** Longest URL that is indexed: what browsers and proxies carry. */
const MAX_URL_LENGTH = 8192

/**
 * Reads a URL with `//` and a host, and writes it in one form: scheme and host in lower case, host by the
 * rules of its type, default port and fragment gone, `/` for an empty path, dot segments resolved, escapes
 * in upper case and only where needed. User and password stay.
 *
 * @returns undefined for text that is no such URL
 * @see RFC 3986 section 6.2, and docs/spec/stix.md, "Observables"
 */
export function normaliseUrl(text: string): NormalUrl | undefined {
  const colon = text.indexOf(':')
  if (text.length > MAX_URL_LENGTH || !isScheme(text, colon) || !text.startsWith('//', colon + 1))
    return undefined
  const scheme = text.slice(0, colon).toLowerCase()
  const start = colon + 3
  const pathStart = firstOf(text, '/?#\\', start)
  const authority = text.slice(start, pathStart)
  const at = authority.lastIndexOf('@')
  const user = at < 0 ? '' : escape(authority.slice(0, at)) + '@'
  const host = readHost(authority.slice(at + 1), scheme)
  if (host === undefined) return undefined
  const fragment = firstOf(text, '#', pathStart)
  const query = Math.min(firstOf(text, '?', pathStart), fragment)
  const path = resolveDots(escape(text.slice(pathStart, query)))
  const rest = path + escape(text.slice(query, fragment))
  return { text: `${scheme}://${user}${host.authority}${rest}`, host: host.host, hostType: host.hostType }
}

/** True if `text` up to `end` is a scheme. @see RFC 3986 section 3.1 */
export function isScheme(text: string, end: number): boolean {
  if (end < 1 || end > 32) return false
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    const lower = code | 0x20
    const letter = lower >= 0x61 && lower <= 0x7a
    const later = (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e
    if (!letter && !(i > 0 && later)) return false
  }
  return true
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21, ws: 80, wss: 443 }

interface Host extends Omit<NormalUrl, 'text'> {
  /** Host and port as they stand in the URL. */
  readonly authority: string
}

function readHost(text: string, scheme: string): Host | undefined {
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1
  if (text.startsWith('[') && bracket < 0) return undefined
  const colon = text.indexOf(':', bracket + 1)
  if (bracket >= 0 && bracket + 1 !== (colon < 0 ? text.length : colon)) return undefined
  const name = bracket >= 0 ? text.slice(1, bracket) : text.slice(0, colon < 0 ? text.length : colon)
  const port = colon < 0 || colon === text.length - 1 ? '' : readPort(text.slice(colon + 1), scheme)
  if (port === undefined) return undefined
  const ip = parseIp(name)
  if (ip !== undefined) {
    const host = formatIp(ip)
    return ip.length === 4
      ? { authority: host + port, host, hostType: 'ipv4' }
      : { authority: `[${host}]${port}`, host, hostType: 'ipv6' }
  }
  const host = bracket >= 0 ? undefined : normaliseDomain(name)
  return host === undefined ? undefined : { authority: host + port, host, hostType: 'domain' }
}

function readPort(text: string, scheme: string): string | undefined {
  const zeros = text.length - text.replace(/^0+(?=\d)/, '').length
  const port = readDecimal(text.slice(zeros), 65_535)
  if (port < 0) return undefined
  return Object.hasOwn(DEFAULT_PORTS, scheme) && DEFAULT_PORTS[scheme] === port ? '' : `:${port}`
}

/** Index of the first of `characters` at or after `from`, else the length of `text`. */
function firstOf(text: string, characters: string, from: number): number {
  for (let i = from; i < text.length; i++) if (characters.includes(text.charAt(i))) return i
  return text.length
}

/** Decodes escapes of unreserved characters, writes the others in upper case, and escapes what must be. */
function escape(text: string): string {
  let result = ''
  for (let i = 0; i < text.length;) {
    const point = text.codePointAt(i) as number
    const character = String.fromCodePoint(point)
    const hex = character === '%' ? text.slice(i + 1, i + 3) : ''
    if (hex.length === 2 && isHex(hex)) {
      const decoded = String.fromCharCode(Number.parseInt(hex, 16))
      result += UNRESERVED.has(decoded) ? decoded : `%${hex.toUpperCase()}`
      i += 3
      continue
    }
    const plain = UNRESERVED.has(character) || RESERVED.has(character)
    result += plain ? character : encodeURIComponent(character.isWellFormed() ? character : '\ufffd')
    i += character.length
  }
  return result
}

const UNRESERVED: ReadonlySet<string> = new Set(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~',
)
/** Reserved characters, and `%` that escapes nothing: all mean what they are. */
const RESERVED: ReadonlySet<string> = new Set(`:/?#[]@!$&'()*+,;=%|`)

/** @see RFC 3986 section 5.2.4 */
function resolveDots(path: string): string {
  if (path === '') return '/'
  const from = path.startsWith('/') ? path : `/${path}`
  const segments = from.slice(1).split('/')
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const last = segments.at(-1)
  if (last === '.' || last === '..') kept.push('')
  return `/${kept.join('/')}`
}
