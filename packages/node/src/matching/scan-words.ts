import { normalise, type ObservableType } from '@intelmesh/stix'
import { type HashEnds, hashParts, hashWhole } from '../store/sidecar/keyed-hash.ts'
import { VALUE_TAGS } from '../store/sidecar/value-hash.ts'
import { encodeValue, valueText } from '../store/sidecar/value-text.ts'
import { CLASSES, HEX, LOCAL, LOWER, WORD } from './byte-classes.ts'
import { hasFingerprint, mayHaveLow } from './fingerprint-index.ts'
import type { Report } from './match.ts'
import type { ValueFilter } from './value-filter.ts'

/** Looks for names, digests and e-mail addresses in a line. */
export interface WordScanner {
  /** A word with a dot in it; in ASCII. */
  domain(bytes: Uint8Array, start: number, end: number): void
  /** A word of letters of any script with a dot in it. */
  anyDomain(bytes: Uint8Array, start: number, end: number): void
  /** A word of at least 32 bytes. */
  digests(bytes: Uint8Array, start: number, end: number): void
  /** What is around an `@`. */
  email(bytes: Uint8Array, start: number, at: number, end: number): void
}

/** Finds names that are known or whose parents are, and digests and e-mail addresses that are known. */
export function createWordScanner(filter: ValueFilter, report: Report): WordScanner {
  const text = new Uint8Array(MAX_WORD)
  const words = new Uint32Array(2)

  function isKnown(tag: number, start: number, end: number): boolean {
    hashWhole(filter.key.value, tag, text, start, end, true, words)
    return hasFingerprint(filter.values, words[0] as number, words[1] as number)
  }

  function copy(bytes: Uint8Array, start: number, end: number): number {
    for (let i = start; i < end; i++) text[i - start] = LOWER[bytes[i] as number] as number
    return end - start
  }

  function textOf(start: number, end: number): string {
    return Buffer.from(text.buffer, start, end - start).toString('latin1')
  }

  /** Looks up the name that was copied, and its parents of at least two labels, which are all hashed in one pass. */
  function checkDomain(length: number): void {
    let last = length
    while (last > 0 && text[last - 1] !== DOT) last -= 1
    if (isNumber(text, last, length)) return
    const count = hashParts(
      filter.key.value,
      VALUE_TAGS.domain,
      text,
      0,
      length,
      true,
      length - last + 1,
      PARENTS,
    )
    for (let i = 0; i < count; i++) {
      if (!mayHaveLow(filter.values, PARENTS.out[i] as number)) continue
      const start = length - (PARENTS.lengths[i] as number)
      if (!isKnown(VALUE_TAGS.domain, start, length)) continue
      const found = { type: 'domain', value: textOf(0, length) } as const
      const known = { type: 'domain', value: textOf(start, length) } as const
      report({ found, known, relation: start === 0 ? 'exact' : 'parent-domain' })
    }
  }

  function checkDigest(bytes: Uint8Array, start: number, end: number): void {
    const types = DIGESTS.get(end - start)
    if (types === undefined) return
    for (let i = start; i < end; i++) if (((CLASSES[bytes[i] as number] as number) & HEX) === 0) return
    const length = copy(bytes, start, end)
    for (const type of types) {
      if (!isKnown(VALUE_TAGS[type], 0, length)) continue
      const known = { type, value: textOf(0, length) }
      report({ found: known, known, relation: 'exact' })
    }
  }

  return {
    domain(bytes, start, end) {
      // Whatever is longer than a name may still end in one.
      let from = Math.max(start, end - MAX_NAME)
      let dot = -1
      let isDotted = false
      for (let i = from; i < end; i++) {
        if (bytes[i] !== DOT) continue
        if (dot === i - 1 && dot >= from) {
          if (isDotted) checkDomain(copy(bytes, from, dot))
          isDotted = false
          from = i + 1
        } else isDotted ||= i > from
        dot = i
      }
      if (isDotted) checkDomain(copy(bytes, from, end))
    },
    anyDomain(bytes, start, end) {
      if (end - start > MAX_WORD) return
      const name = normalise(
        'domain',
        Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'),
      )
      if (name === undefined) return
      const length = encodeValue(name)
      if (name.includes('.')) checkDomain(copy(valueText, 0, length))
    },
    digests(bytes, start, end) {
      let from = start
      for (let i = start; i <= end; i++) {
        if (i < end && bytes[i] !== DOT && bytes[i] !== HYPHEN && bytes[i] !== UNDERSCORE) continue
        if (i - from >= 32) checkDigest(bytes, from, i)
        from = i + 1
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
      const length = copy(bytes, from, stop)
      if (!isKnown(VALUE_TAGS.email, 0, length)) return
      const known = { type: 'email', value: textOf(0, length) } as const
      report({ found: known, known, relation: 'exact' })
    },
  }
}

const DOT = 0x2e
const HYPHEN = 0x2d
const UNDERSCORE = 0x5f
/** @see RFC 1035 section 2.3.4 */
const MAX_NAME = 253
/** @see RFC 5321 section 4.5.3.1.1 */
const MAX_LOCAL = 64
const MAX_WORD = 1024
const MAX_LABELS = 128
/** A part ends before the dot that is read next, from the right. */
const PARENTS: HashEnds = {
  ending: new Uint8Array(256).fill(1, DOT, DOT + 1),
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

function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte < 0x30 || byte > 0x39) return false
  }
  return true
}
