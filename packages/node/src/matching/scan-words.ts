import { normalise, type ObservableType } from '@intelmesh/stix'
import { type HashEnds, hashParts, hashTable } from '../store/sidecar/keyed-hash.ts'
import { VALUE_TAGS } from '../store/sidecar/value-hash.ts'
import { CLASSES, HEX, HIGH, LOCAL, LOWER, WORD } from './byte-classes.ts'
import { hasFingerprint, mayHaveLow } from './fingerprint-index.ts'
import type { Match } from './match.ts'
import type { ValueFilter } from './value-filter.ts'

/** Looks for names, digests and e-mail addresses in a line. */
export interface WordScanner {
  /** Before a line. */
  begin(): void
  /** A word with a dot in it; in ASCII. */
  domain(bytes: Uint8Array, start: number, end: number): void
  /** A word of letters of any script with a dot in it. */
  anyDomain(bytes: Uint8Array, start: number, end: number): void
  /** All digests of a line. */
  digests(bytes: Uint8Array, start: number, end: number): void
  /** What is around an `@`. */
  email(bytes: Uint8Array, start: number, at: number, end: number): void
}

/** Finds names that are known or whose parents are, and digests and e-mail addresses that are known. */
export function createWordScanner(filter: ValueFilter, report: ReportAt): WordScanner {
  const words = new Uint32Array(2)
  let anyLeft = MAX_ANY
  const whole: HashEnds = { table: hashTable({}, lowerOf), words: 2, out: words, lengths: new Uint32Array(1) }

  function isKnown(tag: number, bytes: Uint8Array, start: number, end: number): boolean {
    hashParts(filter.key.value, tag, bytes, start, end, true, 0, whole)
    return hasFingerprint(filter.values, words[0] as number, words[1] as number)
  }

  /** Looks up the names in a word: between two dots one ends, and another one may begin. */
  function domain(bytes: Uint8Array, start: number, end: number): void {
    let until = end
    for (let i = end - 1; i > start; i--) {
      if (bytes[i] !== DOT || bytes[i - 1] !== DOT) continue
      name(bytes, i + 1, until)
      until = i - 1
    }
    name(bytes, start, until)
  }

  /** Looks up a name, and its parents of at least two labels, which are all hashed in one pass. */
  function name(bytes: Uint8Array, from: number, end: number): void {
    let last = end
    while (last > from && bytes[last - 1] !== DOT) last -= 1
    // Ends of names begin with a letter; half of what has a dot in a log is a time or a version.
    if (last <= from || !isLetter(bytes[last] as number)) return
    // Whatever is longer than a name may still end in one.
    const start = Math.max(from, end - MAX_NAME)
    const count = hashParts(
      filter.key.value,
      VALUE_TAGS.domain,
      bytes,
      start,
      end,
      true,
      end - last + 1,
      PARENTS,
    )
    for (let i = 0; i < count; i++)
      if (mayHaveLow(filter.values, PARENTS.out[i] as number))
        checkDomain(bytes, end - (PARENTS.lengths[i] as number), end, start)
  }

  function checkDomain(bytes: Uint8Array, start: number, end: number, whole: number): void {
    if (!isKnown(VALUE_TAGS.domain, bytes, start, end)) return
    const found = { type: 'domain', value: textOf(bytes, whole, end) } as const
    const known = { type: 'domain', value: textOf(bytes, start, end) } as const
    report({ found, known, relation: start === whole ? 'exact' : 'parent-domain' }, bytes, whole)
  }

  function checkDigest(bytes: Uint8Array, start: number, end: number): void {
    for (const type of DIGESTS.get(end - start) ?? []) {
      if (!isKnown(VALUE_TAGS[type], bytes, start, end)) continue
      const known = { type, value: textOf(bytes, start, end) }
      report({ found: known, known, relation: 'exact' }, bytes, start)
    }
  }

  return {
    begin() {
      anyLeft = MAX_ANY
    },
    domain,
    anyDomain(bytes, start, end) {
      if (end - start > MAX_WORD || anyLeft === 0 || !hasDot(bytes, start, end)) return
      anyLeft -= 1
      const name = normalise(
        'domain',
        Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(),
      )
      if (name?.includes('.') !== true) return
      const text = new TextEncoder().encode(name)
      domain(text, 0, text.length)
    },
    digests(bytes, start, end) {
      // No digest is so short that none of these places is in it.
      for (let at = start + LEAST_DIGEST - 1; at < end; at += LEAST_DIGEST) {
        if (((CLASSES[bytes[at] as number] as number) & HEX) === 0) continue
        let from = at
        while (from > start && ((CLASSES[bytes[from - 1] as number] as number) & HEX) !== 0) from -= 1
        let until = at + 1
        while (until < end && ((CLASSES[bytes[until] as number] as number) & HEX) !== 0) until += 1
        if (until - from < LEAST_DIGEST) continue
        const isPart =
          (from > start && isAlphanumeric(bytes[from - 1])) || (until < end && isAlphanumeric(bytes[until]))
        if (!isPart) checkDigest(bytes, from, until)
        at = until
      }
    },
    email(bytes, start, at, end) {
      let from = at
      while (from > start && at - from < MAX_LOCAL && is(bytes[from - 1], LOCAL)) from -= 1
      let stop = at + 1
      while (stop < end && stop - at <= MAX_NAME && is(bytes[stop], WORD) && (bytes[stop] as number) < 0x80)
        stop += 1
      while (stop > at && (bytes[stop - 1] === DOT || bytes[stop - 1] === HYPHEN)) stop -= 1
      while (from < at && bytes[from] === DOT) from += 1
      if (from === at || stop - at < 4) return
      if (!isKnown(VALUE_TAGS.email, bytes, from, stop)) return
      const known = { type: 'email', value: textOf(bytes, from, stop) } as const
      report({ found: known, known, relation: 'exact' }, bytes, from)
    },
  }
}

/** Takes a match, and where it begins. */
type ReportAt = (match: Match, bytes: Uint8Array, at: number) => void

const DOT = 0x2e
const HYPHEN = 0x2d
const UNDERSCORE = 0x5f
const LEAST_DIGEST = 32
/** @see RFC 1035 section 2.3.4 */
const MAX_NAME = 253
/** @see RFC 5321 section 4.5.3.1.1 */
const MAX_LOCAL = 64
const MAX_WORD = 1024
/** Of one line: bringing one into normal form takes some 30 us. */
const MAX_ANY = 256
const MAX_LABELS = 128
/** A part ends before the dot that is read next, from the right. */
const PARENTS: HashEnds = {
  table: hashTable({ '.': 'before' }, lowerOf),
  words: 1,
  out: new Uint32Array(MAX_LABELS),
  lengths: new Uint32Array(MAX_LABELS),
}

/** What a number of hexadecimal digits can be. */
const DIGESTS: ReadonlyMap<number, readonly ObservableType[]> = new Map([
  [32, ['md5', 'x509-md5']],
  [40, ['sha1', 'x509-sha1']],
  [64, ['sha256', 'sha3-256', 'x509-sha256']],
  [128, ['sha512', 'sha3-512']],
])

function is(byte: number | undefined, classes: number): boolean {
  return ((CLASSES[byte as number] as number) & classes) !== 0
}

/** Whether there is a dot, of whichever script: those beyond ASCII end labels as well. */
function hasDot(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === DOT || DOT_LEADS.has(bytes[i] as number)) return true
  return false
}

/** First bytes of U+3002, U+FF0E and U+FF61 in UTF-8. @see RFC 3490 section 3.1 */
const DOT_LEADS: ReadonlySet<number> = new Set([0xe3, 0xef])

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}

function isAlphanumeric(byte: number | undefined): boolean {
  return is(byte, WORD) && !is(byte, HIGH) && byte !== DOT && byte !== HYPHEN && byte !== UNDERSCORE
}

function lowerOf(byte: number): number {
  return LOWER[byte] as number
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
    .toString('latin1')
    .toLowerCase()
}
