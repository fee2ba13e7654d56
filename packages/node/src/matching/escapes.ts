import { CLASSES, LOCAL, WORD } from './byte-classes.ts'

export const BACKSLASH = 0x5c

/**
 * Whether at the backslash at `at` a character is written in such a way that a value beside it, or one that holds it, is not to be
 * seen: its letters or digits are glued to the value. A quote parts words as well as the backslash before it does, and so does a line
 * break behind which no word begins.
 */
export function isEscape(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 1 >= end) return false
  const letter = bytes[at + 1] as number
  const digits = DIGITS[letter] as number
  if (digits === NONE) return false
  if (digits > 0) return hexAt(bytes, at + 2, end, digits) >= 0
  if (letter === SLASH || letter === DOT) return true
  return (MEANT[letter] as number) < SPACE && at + 2 < end && isGluing(bytes[at + 2] as number)
}

/**
 * Copies a line with its characters as they were before JSON, a web server or a programming language escaped them: `\n` and its like,
 * quotes, slashes, `\u0026`, `\x22`. A text within a text has them escaped once more for each time: so many backslashes count for one.
 *
 * @param out may be `bytes`, if `start` is 0
 * @returns the length of the copy, which is never longer
 * @see RFC 8259 section 7
 */
export function unescapeInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let length = 0
  let high = 0
  let highEnd = -1
  for (let i = start; i < end;) {
    const byte = bytes[i] as number
    if (byte !== BACKSLASH) {
      out[length++] = byte
      i += 1
      continue
    }
    const from = i
    while (i + 1 < end && bytes[i + 1] === BACKSLASH) i += 1
    const letter = i + 1 < end ? (bytes[i + 1] as number) : 0
    const digits = DIGITS[letter] as number
    const code = codeAt(bytes, i + 1, end)
    if (code < 0) {
      out[length++] = BACKSLASH
      i += 1
      continue
    }
    i += 2 + digits
    if (digits < 4) out[length++] = code
    else if (code >> 10 === LOW && from === highEnd)
      // In the place of the blank that its first half left.
      length = putUtf8(0x10000 + ((high & 0x3ff) << 10) + (code & 0x3ff), out, length - 1)
    else length = putUtf8(code >> 11 === SURROGATE ? SPACE : code, out, length)
    if (digits === 4 && code >> 10 === HIGH_HALF) {
      high = code
      highEnd = i
    }
  }
  return length
}

const SPACE = 0x20
const DOT = 0x2e
const SLASH = 0x2f
const COLON = 0x3a
/** The first bits of both halves of a pair of UTF-16, and of each. */
const SURROGATE = 0x1b
const HIGH_HALF = 0x36
const LOW = 0x37
const NONE = 0xff

/** What a letter behind a backslash stands for; the full stop, since patterns escape it. */
const LETTERS: readonly (readonly [letter: string, meant: string])[] = [
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ...Array.from(`"'/.`, (letter) => [letter, letter] as const),
]

const MEANT = new Uint8Array(256)
for (const [letter, meant] of LETTERS) MEANT[letter.charCodeAt(0)] = meant.charCodeAt(0)

/** How many hexadecimal digits follow a letter: those of a unit of UTF-16, or of a byte. */
const DIGITS: Uint8Array = new Uint8Array(256).fill(NONE)
for (const [letter, digits] of [
  ...LETTERS.map(([letter]) => [letter, 0] as const),
  ['u', 4],
  ['x', 2],
] as const)
  DIGITS[letter.charCodeAt(0)] = digits

/** Whether what stands before a byte may be taken for a part of the value that begins with it. */
function isGluing(byte: number): boolean {
  return byte === COLON || ((CLASSES[byte] as number) & (WORD | LOCAL)) !== 0
}

/** @returns what the letter at `at`, behind a backslash, stands for; -1 if for nothing but itself */
function codeAt(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1
  const digits = DIGITS[bytes[at] as number] as number
  if (digits === NONE) return -1
  return digits === 0 ? (MEANT[bytes[at] as number] as number) : hexAt(bytes, at + 1, end, digits)
}

/** @returns -1 where other characters are among the digits */
function hexAt(bytes: Uint8Array, at: number, end: number, digits: number): number {
  if (at + digits > end) return -1
  let code = 0
  for (let i = at; i < at + digits; i++) {
    const byte = bytes[i] as number
    const lower = byte | 0x20
    if (byte >= 0x30 && byte <= 0x39) code = code * 16 + byte - 0x30
    else if (lower >= 0x61 && lower <= 0x66) code = code * 16 + lower - 0x57
    else return -1
  }
  return code
}

/** @returns where what follows goes */
function putUtf8(code: number, out: Uint8Array, at: number): number {
  if (code < 0x80) {
    out[at] = code
    return at + 1
  }
  const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3
  out[at] = ((0xf00 >> (more + 1)) & 0xff) | (code >> (6 * more))
  for (let i = 1; i <= more; i++) out[at + i] = 0x80 | ((code >> (6 * (more - i))) & 0x3f)
  return at + more + 1
}
