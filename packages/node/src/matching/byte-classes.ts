/** What a byte may be part of. */
export const WORD = 1
const UPPER = 2
/** In a word, and neither digit nor dot. */
export const LETTER = 4
export const DOT = 8
/** A byte at which something else than a word may be: `:`, `@`, and what begins the marks of defanged values. */
export const MARK = 16
/** Part of a character beyond ASCII. */
export const HIGH = 32
export const HEX = 64
/** In the part of an e-mail address before the `@`. */
export const LOCAL = 128

/** The classes of each byte, as bits. */
export const CLASSES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => classOf(byte))

/** Each byte in lower case, as far as it is ASCII. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte,
)

function classOf(byte: number): number {
  if (byte >= 0x80) return WORD | LETTER | HIGH
  const text = String.fromCharCode(byte)
  const hex = /[0-9a-f]/i.test(text) ? HEX : 0
  if (/\d/.test(text)) return WORD | LOCAL | hex
  if (/[A-Z]/.test(text)) return WORD | LETTER | LOCAL | UPPER | hex
  if (/[a-z_-]/.test(text)) return WORD | LETTER | LOCAL | hex
  if (text === '.') return WORD | DOT | LOCAL
  if (/[%+]/.test(text)) return LOCAL
  return /[:@[({\\]/.test(text) ? MARK : 0
}
