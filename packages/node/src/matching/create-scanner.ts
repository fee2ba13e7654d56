import { CLASSES, DOT, HIGH, LETTER, MARK, WORD } from './byte-classes.ts'
import { isMark, refangInto } from './defanged.ts'
import { BACKSLASH, isEscape, unescapeInto } from './escapes.ts'
import type { Match } from './match.ts'
import { createAddressScanner } from './scan-addresses.ts'
import { createUrlScanner } from './scan-urls.ts'
import { createWordScanner } from './scan-words.ts'
import type { ValueFilter } from './value-filter.ts'

/** Finds in one line what a filter knows, each pair of value and what is known once. The list is good until the next call. */
export type Scanner = (bytes: Uint8Array, start: number, end: number) => readonly Match[]

/** Bytes of a line that are looked at; whoever reads lines cuts longer ones. */
export const MAX_LINE: number = 1024 * 1024

/**
 * A scanner over bytes: one pass over a line, in which nothing is made that its values do not need. Lines may hold anything; what is
 * no UTF-8 is no part of a value.
 */
export function createScanner(filter: ValueFilter): Scanner {
  const plain = new Uint8Array(MAX_LINE)
  const matches: Match[] = []
  const seen = new Set<string>()

  function report(match: Match): void {
    const { found, known } = match
    const name = `${found.type} ${found.value} ${known.type} ${known.value}`
    if (seen.has(name) || matches.length >= MAX_MATCHES) return
    seen.add(name)
    matches.push(match)
  }

  const addresses = createAddressScanner(filter, report)
  const words = createWordScanner(filter, (match, bytes, at) => {
    // What a name begins with may belong to an escape: without it, it is found in the line without escapes.
    const isGlued =
      match.relation === 'parent-domain' &&
      bytes !== plain &&
      bytes[at - 1] === BACKSLASH &&
      isEscape(bytes, at - 1, bytes.length)
    if (!isGlued) report(match)
  })
  const urls = createUrlScanner(filter, report)

  function word(bytes: Uint8Array, from: number, until: number, classes: number): void {
    let start = from
    let end = until
    while (start < end && isEdge(bytes[start] as number)) start += 1
    while (end > start && isEdge(bytes[end - 1] as number)) end -= 1
    if ((classes & HIGH) !== 0) return mixedWord(bytes, start, end)
    // What was only at the edge does not count.
    const inner = end - start === until - from ? classes : classesOf(bytes, start, end)
    if ((inner & LETTER) === 0) addresses.ipv4(bytes, start, end)
    else if ((inner & DOT) !== 0) words.domain(bytes, start, end)
  }

  /** A word with characters beyond ASCII: a name may be in it, or all of it be one. */
  function mixedWord(bytes: Uint8Array, start: number, end: number): void {
    words.anyDomain(bytes, start, end)
    let from = start
    let classes = 0
    for (let i = start; i <= end; i++) {
      const found = i < end ? (CLASSES[bytes[i] as number] as number) : HIGH
      if ((found & HIGH) === 0) classes |= found
      else {
        if (i > from) word(bytes, from, i, classes)
        from = i + 1
        classes = 0
      }
    }
  }

  /** @returns how there may be more in the line; what is defanged besides shows once nothing is escaped */
  function scan(bytes: Uint8Array, start: number, end: number): 'escaped' | 'defanged' | undefined {
    const mayEscape = bytes !== plain
    let isEscaped = false
    let isDefanged = false
    let isUrl = false
    let addressEnd = 0
    for (let i = start; i < end; i++) {
      // Nothing but digests is without these, and most of a line is passed over so, four bytes at a time.
      while (i < end - 4 && (classOf4(bytes, i) & (DOT | MARK)) === 0) i += 4
      const found = CLASSES[bytes[i] as number] as number
      if ((found & (DOT | MARK)) === 0) continue
      if (found === MARK) {
        const byte = bytes[i]
        if (byte === COLON) {
          if (bytes[i + 1] === SLASH && bytes[i + 2] === SLASH && i + 3 < end)
            isUrl = urls.url(bytes, start, i, end) || isUrl
          else if (i >= addressEnd) addressEnd = addresses.ipv6(bytes, i, end)
        } else if (byte === AT) words.email(bytes, start, i, end)
        // A URL may go on behind any backslash.
        else if (byte === BACKSLASH) isEscaped ||= mayEscape && (isUrl || isEscape(bytes, i, end))
        else isDefanged ||= isMark(bytes, i, end)
        continue
      }
      let classes = 0
      let from = i
      let class_ = found
      while (from > start && ((class_ = CLASSES[bytes[from - 1] as number] as number) & WORD) !== 0) {
        classes |= class_
        from -= 1
      }
      while (i < end && ((class_ = CLASSES[bytes[i] as number] as number) & WORD) !== 0) {
        classes |= class_
        i += 1
      }
      word(bytes, from, i, classes)
      i -= 1
    }
    words.digests(bytes, start, end)
    return isEscaped ? 'escaped' : isDefanged ? 'defanged' : undefined
  }

  return (bytes, start, end) => {
    if (matches.length > 0) {
      matches.length = 0
      seen.clear()
    }
    urls.begin()
    words.begin()
    const last = Math.min(end, start + MAX_LINE)
    const disguise = scan(bytes, start, last)
    if (disguise === 'defanged') scan(plain, 0, refangInto(bytes, start, last, plain))
    if (disguise !== 'escaped') return matches
    const length = unescapeInto(bytes, start, last, plain)
    if (scan(plain, 0, length) === 'defanged') scan(plain, 0, refangInto(plain, 0, length, plain))
    return matches
  }
}

/** What one line may match: more says no more, and a line may be made of nothing but values. */
const MAX_MATCHES = 256
const COLON = 0x3a
const SLASH = 0x2f
const AT = 0x40

function classOf4(bytes: Uint8Array, at: number): number {
  return (
    (CLASSES[bytes[at] as number] as number) |
    (CLASSES[bytes[at + 1] as number] as number) |
    (CLASSES[bytes[at + 2] as number] as number) |
    (CLASSES[bytes[at + 3] as number] as number)
  )
}

function classesOf(bytes: Uint8Array, start: number, end: number): number {
  let classes = 0
  for (let i = start; i < end; i++) classes |= CLASSES[bytes[i] as number] as number
  return classes
}

/** Dot or hyphen: no value begins or ends with one. */
function isEdge(byte: number): boolean {
  return byte === 0x2e || byte === 0x2d
}
