import { normalise } from '@intelmesh/stix'
import { type HashEnds, hashParts, hashWhole } from '../store/sidecar/keyed-hash.ts'
import { VALUE_TAGS } from '../store/sidecar/value-hash.ts'
import { encodeValue, valueText } from '../store/sidecar/value-text.ts'
import type { Report } from './match.ts'
import { copyNormalUrl } from './normal-url.ts'
import { hasFingerprint, mayHaveLow, type ValueFilter } from './value-filter.ts'

/** Looks at the URL, if there is one, whose `://` begins at `colon`. */
export type UrlScanner = (bytes: Uint8Array, start: number, colon: number, end: number) => void

/**
 * Finds URLs that are known, or that begin with a known one: up to a slash, or up to what asks. Where a line goes on behind a URL
 * with a comma, a bracket or the like, which may belong to it or not, both are looked up.
 */
export function createUrlScanner(filter: ValueFilter, report: Report): UrlScanner {
  const text = new Uint8Array(MAX_URL + 1)
  const words = new Uint32Array(2)

  function checkPart(bytes: Uint8Array, end: number, whole: number): void {
    hashWhole(filter.key.value, VALUE_TAGS.url, bytes, 0, end, false, words)
    if (!hasFingerprint(filter, words[0] as number, words[1] as number)) return
    const known = { type: 'url', value: textOf(bytes, end) } as const
    const isFolder = end < whole && (bytes[end - 1] === SLASH || bytes[end] === QUESTION)
    const found = isFolder ? { ...known, value: textOf(bytes, trimmed(bytes, whole)) } : known
    report({ found, known, relation: isFolder ? 'url-prefix' : 'exact' })
  }

  /** Looks up a URL in normal form and what it begins with. */
  function check(bytes: Uint8Array, length: number, authority: number): void {
    const count = hashParts(filter.key.value, VALUE_TAGS.url, bytes, 0, length, false, authority, PARTS)
    for (let i = 0; i < count; i++)
      if (mayHaveLow(filter, PARTS.out[i] as number)) checkPart(bytes, PARTS.lengths[i] as number, length)
    const sentence = trimmed(bytes, length)
    if (sentence < length) checkPart(bytes, sentence, length)
  }

  function checkOdd(odd: string): void {
    const normal = normalise('url', odd)
    if (normal === undefined) return
    const length = encodeValue(normal)
    check(valueText, length, normal.indexOf('/', normal.indexOf('://') + 3))
  }

  return (bytes, start, colon, end) => {
    const from = schemeStart(bytes, start, colon)
    if (from === colon) return
    const copied = copyNormalUrl(bytes, from, colon, Math.min(end, from + MAX_URL), text)
    if (copied.authority > 0) return check(text, copied.length, copied.authority)
    const odd = Buffer.from(bytes.buffer, bytes.byteOffset + from, copied.length).toString('utf8')
    const plain = odd.replace(DISGUISED, (scheme) => (scheme.startsWith('f') ? 'ftp' : 'http'))
    checkOdd(plain)
    const sentence = plain.replace(TRAILS, '')
    if (sentence.length < plain.length) checkOdd(sentence)
    // In JSON, CSV and prose a URL ends before these more often than not.
    for (const { index } of plain.matchAll(CUTS).take(MAX_CUTS)) checkOdd(plain.slice(0, index))
  }
}

const SLASH = 0x2f
const QUESTION = 0x3f
/** As long as values are that are indexed. */
const MAX_URL = 8192
const MAX_SCHEME = 32
const MAX_PARTS = 64
const CUTS = /[,;')\]}|\\^]/g
const MAX_CUTS = 8
const TRAILS = /[.,:;!?')\]|]+$/
const DISGUISED = /^(?:hxxp|h\*\*p|hxtp|fxp)(?=s?:)/i

/** A part ends behind a slash, and before what asks or what a URL often ends before. */
const PARTS: HashEnds = {
  ending: endingOf({ '/': 2, '?': 1, ',': 1, ';': 1, ')': 1, ']': 1, "'": 1, '|': 1 }),
  words: 1,
  out: new Uint32Array(MAX_PARTS),
  lengths: new Uint32Array(MAX_PARTS),
}

function endingOf(table: Readonly<Record<string, 1 | 2>>): Uint8Array {
  const ending = new Uint8Array(256)
  for (const [character, kind] of Object.entries(table)) ending[character.charCodeAt(0)] = kind
  return ending
}

/** Where the scheme before a colon begins. */
function schemeStart(bytes: Uint8Array, start: number, colon: number): number {
  let from = colon
  while (from > start && colon - from < MAX_SCHEME && isSchemePart(bytes[from - 1] as number)) from -= 1
  while (from < colon && !isLetter(bytes[from] as number)) from += 1
  return from
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}

function isSchemePart(byte: number): boolean {
  return isLetter(byte) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2a || byte === 0x2b || byte === 0x2d
}

/** The end of a URL without what a sentence goes on with. */
function trimmed(bytes: Uint8Array, length: number): number {
  let end = length
  while (end > 0 && TRAILING.includes(bytes[end - 1] as number)) end -= 1
  return end
}

const TRAILING: Uint8Array = Buffer.from(`.,:;!?')]|`)

function textOf(bytes: Uint8Array, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1')
}
