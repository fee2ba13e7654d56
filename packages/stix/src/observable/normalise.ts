import { isHex } from '../hex.ts'
import { normaliseDomain } from './normalise-domain.ts'
import { normaliseUrl } from './normalise-url.ts'
import type { ObservableType } from './observable.ts'
import { formatIp, networkOf, parseIp, readDecimal } from './parse-ip.ts'

/** Longest value that is indexed; an index key has to stay small. */
const MAX_VALUE_LENGTH = 8192

/**
 * Writes `text` in the one form in which values of `type` are indexed and looked up.
 *
 * @returns undefined if `text` is no value of `type`
 * @see docs/spec/stix.md, "Observables", for the form of each type
 */
export function normalise(type: ObservableType, text: string): string | undefined {
  if (text.length === 0 || text.length > MAX_VALUE_LENGTH) return undefined
  return NORMAL_FORMS[type](text)
}

const NORMAL_FORMS: Readonly<Record<ObservableType, (text: string) => string | undefined>> = {
  ipv4: (text) => normaliseIp(text, 4),
  ipv6: (text) => normaliseIp(text, 16),
  cidr: normaliseCidr,
  domain: normaliseDomain,
  url: (text) => normaliseUrl(text.trim())?.text,
  email: normaliseEmail,
  mac: normaliseMac,
  asn: normaliseAsn,
  md5: (text) => hexOfLength(text, 32),
  sha1: (text) => hexOfLength(text, 40),
  sha256: (text) => hexOfLength(text, 64),
  sha512: (text) => hexOfLength(text, 128),
  'sha3-256': (text) => hexOfLength(text, 64),
  'sha3-512': (text) => hexOfLength(text, 128),
  ssdeep: normaliseSsdeep,
  tlsh: normaliseTlsh,
  'file-name': (text) => normaliseText(text)?.toLowerCase(),
  mutex: normaliseText,
  'registry-key': normaliseRegistryKey,
  'user-agent': normaliseText,
  'x509-serial': normaliseSerial,
  'x509-md5': (text) => hexOfLength(text, 32),
  'x509-sha1': (text) => hexOfLength(text, 40),
  'x509-sha256': (text) => hexOfLength(text, 64),
}

function normaliseIp(text: string, length: 4 | 16): string | undefined {
  const bytes = parseIp(text)
  return bytes?.length === length ? formatIp(bytes) : undefined
}

/** A network of at least two addresses; the bits of the host are cleared. */
function normaliseCidr(text: string): string | undefined {
  const slash = text.indexOf('/')
  const bytes = slash < 0 ? undefined : parseIp(text.slice(0, slash))
  if (bytes === undefined) return undefined
  const written = text.slice(0, slash).includes(':') ? 128 : 32
  const length = readDecimal(text.slice(slash + 1), written)
  const prefix = length - (written - bytes.length * 8)
  if (length < 0 || prefix < 0 || prefix >= bytes.length * 8) return undefined
  return `${formatIp(networkOf(bytes, prefix))}/${prefix}`
}

function normaliseEmail(text: string): string | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  // RFC 5321 section 4.5.3.1.1 allows 64 octets; blanks and brackets mark a display name, not an address.
  if (at < 1 || local.length > 64 || /[\s<>]/.test(local)) return undefined
  const domain = normaliseDomain(text.slice(at + 1))
  return domain === undefined ? undefined : `${local.normalize('NFC').toLowerCase()}@${domain}`
}

function normaliseMac(text: string): string | undefined {
  const hex = text.replaceAll(/[:.-]/g, '').toLowerCase()
  if (hex.length !== 12 || !isHex(hex)) return undefined
  return Array.from({ length: 6 }, (_, i) => hex.slice(i * 2, i * 2 + 2)).join(':')
}

function normaliseAsn(text: string): string | undefined {
  const digits = text.slice(0, 2).toUpperCase() === 'AS' ? text.slice(2) : text
  const number = readDecimal(digits, 4_294_967_295)
  return number < 0 ? undefined : String(number)
}

function hexOfLength(text: string, length: number): string | undefined {
  return text.length === length && isHex(text) ? text.toLowerCase() : undefined
}

/** `blocksize:hash:hash`; case matters. */
function normaliseSsdeep(text: string): string | undefined {
  const parts = text.split(':')
  const holds = parts.length === 3 && readDecimal(parts[0] as string, 4_294_967_295) > 0 && text.length <= 160
  return holds && parts.slice(1).every(isBase64) ? text : undefined
}

function isBase64(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const lower = code | 0x20
    const letter = lower >= 0x61 && lower <= 0x7a
    if (!letter && !(code >= 0x30 && code <= 0x39) && code !== 0x2b && code !== 0x2f) return false
  }
  return text.length > 0
}

/** 70 digits, with or without the version prefix `T1`. */
function normaliseTlsh(text: string): string | undefined {
  const digits = text.length === 72 && text.slice(0, 2).toUpperCase() === 'T1' ? text.slice(2) : text
  return hexOfLength(digits, 70)?.toUpperCase()
}

function normaliseText(text: string): string | undefined {
  const trimmed = text.normalize('NFC').trim()
  return trimmed === '' || !trimmed.isWellFormed() ? undefined : trimmed
}

const HIVES: ReadonlyMap<string, string> = new Map([
  ['hklm', 'hkey_local_machine'],
  ['hkcu', 'hkey_current_user'],
  ['hkcr', 'hkey_classes_root'],
  ['hku', 'hkey_users'],
  ['hkcc', 'hkey_current_config'],
])

/** Registry keys ignore case; tools abbreviate the hive and double the separators. */
function normaliseRegistryKey(text: string): string | undefined {
  const parts = text
    .trim()
    .normalize('NFC')
    .toLowerCase()
    .split('\\')
    .filter((part) => part !== '')
  const hive = parts[0]
  if (hive === undefined || !text.isWellFormed()) return undefined
  return [HIVES.get(hive) ?? hive, ...parts.slice(1)].join('\\')
}

/** Hexadecimal without separators or leading zeros: at most 20 octets by RFC 5280, twice that seen. */
function normaliseSerial(text: string): string | undefined {
  const hex = text
    .trim()
    .replaceAll(/[:\s-]/g, '')
    .toLowerCase()
  if (hex.length > 80 || !isHex(hex)) return undefined
  return hex.replace(/^0+(?=.)/, '')
}
