/** A number read from `text`, and where it ends. */
export interface NumberRead {
  readonly value: number
  readonly end: number
}

/**
 * Reads the JSON number that starts at `start`. `'lossy'`: a double would give back another number, which is
 * an integer beyond 2^53-1, or more digits than a double has. `-0` reads as 0, as RFC 8785 writes it.
 *
 * @see RFC 8259 section 6, RFC 7493 section 2.2, STIX 2.1 §2.10
 */
export function parseNumber(text: string, start: number): NumberRead | 'lossy' | undefined {
  let at = text.charCodeAt(start) === MINUS ? start + 1 : start
  const wholeEnd = digitsEnd(text, at)
  if (wholeEnd === at || (wholeEnd > at + 1 && text.charCodeAt(at) === ZERO)) return undefined
  at = wholeEnd
  if (text.charCodeAt(at) === POINT) {
    const end = digitsEnd(text, at + 1)
    if (end === at + 1) return undefined
    at = end
  }
  if ((text.charCodeAt(at) | 0x20) === EXPONENT) {
    const sign = text.charCodeAt(at + 1)
    const from = sign === MINUS || sign === PLUS ? at + 2 : at + 1
    const end = digitsEnd(text, from)
    if (end === from) return undefined
    at = end
  }
  if (at - start > MAX_LEXEME) return 'lossy'
  const lexeme = text.slice(start, at)
  const value = Number(lexeme)
  const exact = at === wholeEnd ? Number.isSafeInteger(value) : survives(lexeme, value)
  return exact ? { value: value === 0 ? 0 : value, end: at } : 'lossy'
}

const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30
const EXPONENT = 0x65
/** No double needs more: 17 digits, sign, point, exponent, and room for padding zeros. */
const MAX_LEXEME = 64
/** Digits that tell any two doubles apart. */
const MAX_DIGITS = 17
/** Digits that every double keeps. */
const SAFE_DIGITS = 15
/** Below it doubles thin out. */
const FULL_PRECISION = 2 ** -1022

/**
 * True if the double, written with as many digits as the text had, is the same number again, or if the text
 * has 16 or 17 digits, with which many writers print a double: those name the double next to them.
 */
function survives(lexeme: string, value: number): boolean {
  if (!Number.isFinite(value)) return false
  const { digits, exponent } = significant(lexeme)
  if (digits === '') return true
  if (digits.length > MAX_DIGITS || value === 0 || isWrittenAsUnsafeInteger(value)) return false
  const again = significant(value.toPrecision(digits.length))
  if (again.digits === digits && again.exponent === exponent) return true
  const magnitude = Math.abs(value)
  return digits.length > SAFE_DIGITS && magnitude <= Number.MAX_SAFE_INTEGER && magnitude > FULL_PRECISION
}

/** `1e16` is exact, but canonical JSON writes it as an integer beyond 2^53-1, which is not. */
function isWrittenAsUnsafeInteger(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21
}

/** The digits without zeros at either end, and the power of ten of the last of them. */
function significant(lexeme: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', power = '0'] = lexeme.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const all = whole + fraction
  let from = 0
  let to = all.length
  while (from < to && all.charCodeAt(from) === ZERO) from++
  while (to > from && all.charCodeAt(to - 1) === ZERO) to--
  return { digits: all.slice(from, to), exponent: Number(power) - fraction.length + (all.length - to) }
}

function digitsEnd(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (!(code >= ZERO && code <= 0x39)) return at
    at++
  }
}
