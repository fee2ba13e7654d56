import { normalise } from '@intelmesh/stix'
import { mayBeIn } from '../store/sidecar/bloom.ts'
import { addressWord, fingerprintOf, nameWord } from '../store/sidecar/fingerprint.ts'
import { type HashEnds, hashParts, hashTable, hashWhole } from '../store/sidecar/keyed-hash.ts'
import { mixWord } from '../store/sidecar/mix-word.ts'
import { hideAddress, VALUE_TAGS } from '../store/sidecar/value-hash.ts'
import { encodeValue, valueText } from '../store/sidecar/value-text.ts'
import { CLASSES, HIGH, LOWER, WORD } from './byte-classes.ts'
import { hasFingerprint, mayHaveLow } from './fingerprint-index.ts'
import type { Report } from './match.ts'
import { copyNormalUrl } from './normal-url.ts'
import { readIpv4 } from '../store/sidecar/read-ipv4.ts'
import type { ValueFilter } from './value-filter.ts'

/** Looks for URLs in a line. */
export interface UrlScanner {
  /** Another line begins. */
  begin(): void
  /** The URL, if there is one, whose `://` begins at `colon`. @returns whether it is at a host at which URLs may be known */
  url(bytes: Uint8Array, start: number, colon: number, end: number): boolean
}

/**
 * Finds URLs that are known, or that begin with a known one: up to a slash, or up to what asks. Where a line goes on behind a URL
 * with a comma, a bracket or the like, which may belong to it or not, both are looked up. Most URLs are at hosts at which none is
 * known, and cost no more than a hash of the host. Of others, and of those that are written in odd ways, a line has so many looked
 * at: who writes into logs could make lines of nothing else.
 */
export function createUrlScanner(filter: ValueFilter, report: Report): UrlScanner {
  const text = new Uint8Array(MAX_URL + 1)
  const address = new Uint8Array(4)
  const words = new Uint32Array(2)
  let urlsLeft = MAX_URLS
  let oddLeft = MAX_ODD

  /** Whether URLs may be known at the host that begins at `start`; true as well where it is not that simple. */
  function mayKnowHost(bytes: Uint8Array, start: number, end: number): boolean {
    let stop = start
    while (stop < end && ((CLASSES[bytes[stop] as number] as number) & (WORD | HIGH)) === WORD) {
      text[stop - start] = LOWER[bytes[stop] as number] as number
      stop += 1
      if (stop - start > MAX_HOST) return false
    }
    const next = stop < end ? (bytes[stop] as number) : 0
    if (next === AT || next === COLON || next === OPENING || next >= 0x80) {
      // The host of a URL with a port ends there; with a user it comes later.
      if (next !== COLON || bytes.subarray(stop, Math.min(end, stop + MAX_HOST)).includes(AT)) return true
    }
    let length = stop - start
    if (length > 0 && text[length - 1] === DOT) length -= 1
    if (length === 0) return false
    if (readIpv4(text, 0, length, address)) {
      hideAddress(filter.key, address, 0, 4, address)
      return mayBeIn(filter.hosts, mixWord(addressWord(address, 4)))
    }
    if (isNumeric(text, length)) return true
    hashWhole(filter.key.value, VALUE_TAGS.domain, text, 0, length, true, words)
    return mayBeIn(filter.hosts, mixWord(nameWord(words[0] as number)))
  }

  function checkPart(bytes: Uint8Array, end: number, whole: number): void {
    const known = { type: 'url', value: textOf(bytes, end) } as const
    fingerprintOf(filter.key, known, words)
    if (!hasFingerprint(filter.urls, words[0] as number, words[1] as number)) return
    const isFolder = end < whole && (bytes[end - 1] === SLASH || bytes[end] === QUESTION)
    const found = isFolder ? { ...known, value: textOf(bytes, trimmed(bytes, whole)) } : known
    report({ found, known, relation: isFolder ? 'url-prefix' : 'exact' })
  }

  /** Looks up a URL in normal form and what it begins with. */
  function check(bytes: Uint8Array, length: number, authority: number): void {
    const whole = bytes.slice(0, length)
    const count = hashParts(filter.key.value, VALUE_TAGS.url, whole, 0, length, false, authority, PARTS)
    for (let i = 0; i < count; i++)
      if (mayHaveLow(filter.urls, PARTS.out[i] as number))
        checkPart(whole, PARTS.lengths[i] as number, length)
    const sentence = trimmed(whole, length)
    if (sentence < length) checkPart(whole, sentence, length)
  }

  function checkOdd(odd: string): void {
    const normal = normalise('url', odd)
    if (normal === undefined) return
    const length = encodeValue(normal)
    check(valueText, length, normal.indexOf('/', normal.indexOf('://') + 3))
  }

  /** Reads a URL in full. In JSON, CSV and prose it ends before some characters more often than not. */
  function readOdd(text: string): void {
    const plain = text.replace(DISGUISED, (scheme) => (scheme.startsWith('f') ? 'ftp' : 'http'))
    const ends = [plain.length, plain.replace(TRAILS, '').length]
    for (const { index } of plain.matchAll(CUTS).take(MAX_CUTS)) ends.push(index)
    for (const end of new Set(ends)) checkOdd(plain.slice(0, end))
  }

  return {
    begin() {
      urlsLeft = MAX_URLS
      oddLeft = MAX_ODD
    },
    url(bytes, start, colon, end) {
      const from = schemeStart(bytes, start, colon)
      if (from === colon || urlsLeft === 0 || !mayKnowHost(bytes, colon + 3, end)) return false
      urlsLeft -= 1
      const copied = copyNormalUrl(bytes, from, colon, Math.min(end, from + MAX_URL), text)
      if (copied.authority > 0) check(text, copied.length, copied.authority)
      else if (oddLeft > 0 && copied.length <= MAX_ODD_URL) {
        oddLeft -= 1
        readOdd(Buffer.from(bytes.buffer, bytes.byteOffset + from, copied.length).toString('utf8'))
      }
      return true
    },
  }
}

const DOT = 0x2e
const SLASH = 0x2f
const COLON = 0x3a
const AT = 0x40
const OPENING = 0x5b
const QUESTION = 0x3f
/** As long as values are that are indexed. */
const MAX_URL = 8192
/** Of one line, at hosts at which URLs are known or that take reading. */
const MAX_URLS = 256
/** Of one line, and bytes of each: reading one in full takes up to a ms. */
const MAX_ODD = 16
const MAX_ODD_URL = 2048
const MAX_SCHEME = 32
/** A name has fewer bytes. */
const MAX_HOST = 256
const MAX_PARTS = 64
const CUTS = /[,;')\]}|\\^]/g
const MAX_CUTS = 8
const TRAILS = /[.,:;!?')\]|]+$/
const DISGUISED = /^(?:hxxp|h\*\*p|hxtp|fxp)(?=s?:)/i

/** A part ends behind a slash, and before what asks or what a URL often ends before. */
const PARTS: HashEnds = {
  table: hashTable({ '/': 'behind', ...beforeEach("?,;)]'|") }),
  words: 1,
  out: new Uint32Array(MAX_PARTS),
  lengths: new Uint32Array(MAX_PARTS),
}

function beforeEach(characters: string): Readonly<Record<string, 'before'>> {
  return Object.fromEntries(Array.from(characters, (character) => [character, 'before']))
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

/** Digits alone, or with dots: an address, in some way. */
function isNumeric(bytes: Uint8Array, length: number): boolean {
  for (let i = length - 1; i >= 0 && bytes[i] !== DOT; i--)
    if ((bytes[i] as number) < 0x30 || (bytes[i] as number) > 0x39) return false
  return true
}

function textOf(bytes: Uint8Array, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1')
}
