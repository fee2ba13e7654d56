import { isBase64 } from '../base64.ts'
import { LANGUAGE_CODES } from '../generated/words.ts'
import { isHex } from '../hex.ts'
import { isTypeName } from '../identifier.ts'
import { normaliseDomain } from '../observable/normalise-domain.ts'
import { isScheme } from '../observable/normalise-url.ts'
import { parseIpv4, parseIpv6, readDecimal } from '../observable/parse-ip.ts'
import { parseTimestamp } from '../timestamp.ts'
import { isCpe } from './is-cpe.ts'
import type { TextCheck } from './shape.ts'

/**
 * The checks on text that shapes name. Each reads its text once from left to right, whatever the text: they
 * stand in for the regular expressions of the OASIS schemas, some of which take exponential time.
 */
export const TEXT_CHECKS: Readonly<Record<TextCheck, (text: string) => boolean>> = {
  string: () => true,
  binary: isBase64,
  'character-set': (text) => isMadeOf(text, CHARACTER_SET, 2, 250),
  cpe: isCpe,
  domain: (text) => normaliseDomain(text) !== undefined,
  email: isEmail,
  hex: (text) => text.length % 2 === 0 && isHex(text),
  ipv4: (text) => isNetwork(text, 32, (address) => parseIpv4(address) !== undefined),
  ipv6: (text) => isNetwork(text, 128, (address) => parseIpv6(address) !== undefined),
  language: isLanguageTag,
  mac: isMac,
  'media-type': isMediaType,
  'precise-timestamp': (text) => (parseTimestamp(text)?.fraction.length ?? 0) >= 3,
  'registry-key': (text) => !SHORT_HIVES.has((text.split('\\', 1)[0] as string).toUpperCase()),
  'relationship-type': (text) => isMadeOf(text, RELATIONSHIP_TYPE, 1, 250),
  'second-timestamp': (text) => parseTimestamp(text)?.fraction === '',
  selector: isSelector,
  timestamp: (text) => parseTimestamp(text) !== undefined,
  'type-name': isTypeName,
  uri: isUri,
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const LETTERS = LOWER + LOWER.toUpperCase()
const NAME: ReadonlySet<string> = new Set(`${LOWER}${DIGITS}_`)
const KEY: ReadonlySet<string> = new Set(`${LETTERS}${DIGITS}_-`)
const STEP: ReadonlySet<string> = new Set(`${LOWER}${DIGITS}_-`)
const TAG: ReadonlySet<string> = new Set(LETTERS + DIGITS)
const CHARACTER_SET: ReadonlySet<string> = new Set(`${LETTERS}${DIGITS}_-()+:`)
const RELATIONSHIP_TYPE: ReadonlySet<string> = new Set(`${LOWER}${DIGITS}-`)
const SUBTYPE: ReadonlySet<string> = new Set(`${LETTERS}${DIGITS}!#$&^_.+-`)
/** Truncated names of registry hives. @see STIX 2.1 §6.17.1 */
const SHORT_HIVES: ReadonlySet<string> = new Set(['HKLM', 'HKCC', 'HKCR', 'HKCU', 'HKU'])
/** Top-level types of the IANA registry. */
const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application',
  'audio',
  'example',
  'font',
  'haptics',
  'image',
  'message',
  'model',
  'multipart',
  'text',
  'video',
])

/** A property name: 3 to 250 of `a-z`, `0-9` and `_`, a letter first; or `id`. @see STIX 2.1 §3.1, §11.1 */
export function isPropertyName(name: string): boolean {
  return name === 'id' || (isMadeOf(name, NAME, 3, 250) && name.charAt(0) >= 'a')
}

/** A key of a dictionary. @see STIX 2.1 §2.3 */
export function isDictionaryKey(key: string): boolean {
  return isMadeOf(key, KEY, 1, 250)
}

function isMadeOf(text: string, characters: ReadonlySet<string>, min: number, max: number): boolean {
  if (text.length < min || text.length > max) return false
  for (const character of text) if (!characters.has(character)) return false
  return true
}

function isNetwork(text: string, bits: number, isAddress: (text: string) => boolean): boolean {
  const slash = text.indexOf('/')
  if (slash < 0) return isAddress(text)
  return isAddress(text.slice(0, slash)) && readDecimal(text.slice(slash + 1), bits) >= 0
}

/** One address without a display name. @see RFC 5322 section 3.4.1 */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at < 1 || at === text.length - 1) return false
  for (const character of text) if (' \t\r\n<>'.includes(character)) return false
  return true
}

/** Well formed, and a primary subtag of ISO 639-1 or -2. @see RFC 5646 section 2.1 */
function isLanguageTag(text: string): boolean {
  const [primary = '', ...rest] = text.split('-', 16)
  const known = LANGUAGE_CODES.has(primary.toLowerCase()) || primary === 'x' || primary === 'i'
  return known && text.length <= 64 && rest.every((subtag) => isMadeOf(subtag, TAG, 1, 8))
}

function isMac(text: string): boolean {
  const pairs = text.split(':', 7)
  return (
    pairs.length === 6 &&
    pairs.every((pair) => pair.length === 2 && isHex(pair) && pair === pair.toLowerCase())
  )
}

/** A registered top-level type, a subtype, and perhaps parameters. @see RFC 6838 section 4.2 */
function isMediaType(text: string): boolean {
  const [type = '', subtype = ''] = (text.split(';', 1)[0] as string).trim().split('/', 3)
  return MEDIA_TYPES.has(type) && isMadeOf(subtype, SUBTYPE, 1, 127)
}

/** Names and `[n]`, joined by points. @see STIX 2.1 §7.2.3.1 */
function isSelector(text: string): boolean {
  const [first = '', ...rest] = text.split('.')
  if (first !== 'id' && !isMadeOf(first, STEP, 3, 250)) return false
  return rest.every((step) => isMadeOf(step, KEY, 1, 250) || isIndex(step))
}

function isIndex(step: string): boolean {
  return step.startsWith('[') && step.endsWith(']') && readDecimal(step.slice(1, -1), 2 ** 31) >= 0
}

/** A scheme and something after it, without white space or control characters. @see RFC 3986 section 3 */
function isUri(text: string): boolean {
  const colon = text.indexOf(':')
  if (!isScheme(text, colon) || colon === text.length - 1) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 0x20 || code === 0x7f) return false
  }
  return true
}
