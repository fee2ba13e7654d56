import { StixError } from '../errors.ts'
import type { ConstantType } from './ast.ts'
import { isConstant } from './is-constant.ts'

/** `word` covers keywords and identifiers, with or without hyphens; `symbol` brackets, operators and commas. */
export interface Token {
  readonly kind: 'word' | 'symbol' | 'end' | ConstantType
  readonly text: string
  /** Index of the first character. */
  readonly at: number
  /** Index behind the last character. */
  readonly end: number
}

/**
 * The token of a pattern that comes at or after a place; behind the last one, `end`. One pass, no regular expression: every
 * indicator that arrives is read.
 *
 * @throws StixError PATTERN_SYNTAX
 * @see STIX 2.1 §9, and the ANTLR grammar that goes with it
 */
export function tokenAt(text: string, from: number): Token {
  const at = skipBlanks(text, from)
  if (at === text.length) return { kind: 'end', text: '', at, end: at }
  const code = text.charCodeAt(at)
  if (code === QUOTE) return readString(text, at)
  const kind = KINDS[code]
  const next = text.charCodeAt(at + 1)
  if (kind === WORD) {
    const quoted = next === QUOTE ? QUOTED.get(code) : undefined
    return quoted === undefined ? readWord(text, at) : readQuoted(text, at, quoted)
  }
  const isNumber = kind === DIGIT || kind === SIGN || (code === DOT && KINDS[next] === DIGIT)
  return isNumber ? readNumber(text, at) : readSymbol(text, at)
}

/** A fault at one character of a pattern. */
export function syntaxFault(at: number, expected: string): StixError {
  return new StixError('PATTERN_SYNTAX', `expected ${expected} at character ${at}`, {
    path: '',
    rule: 'STIX 2.1 §9',
  })
}

const QUOTE = 0x27
const HYPHEN = 0x2d
const DOT = 0x2e
const SLASH = 0x2f
const BACKSLASH = 0x5c

/** What an ASCII character may begin, by its code. */
const [BLANK, WORD, DIGIT, SIGN] = [1, 2, 3, 4] as const
const KINDS = new Uint8Array(128)
for (const [kind, characters] of [
  [BLANK, ' \t\r\n\u000b\u000c'],
  [WORD, '_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  [DIGIT, '0123456789'],
  [SIGN, '+-'],
] as const)
  for (const character of characters) KINDS[character.charCodeAt(0)] = kind

const WIDE_BLANKS: ReadonlySet<string> = new Set(
  '\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
)
const SYMBOLS: ReadonlySet<string> = new Set('== != <> <= >= = < > [ ] ( ) , : . *'.split(' '))
const QUOTED: ReadonlyMap<number, ConstantType> = new Map([
  [0x74, 'timestamp'],
  [0x68, 'hex'],
  [0x62, 'binary'],
])

function skipBlanks(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (KINDS[code] === BLANK || (code >= 0x80 && WIDE_BLANKS.has(text.charAt(at)))) at++
    else if (code !== SLASH) return at
    else if (text.startsWith('//', at)) at = endOfLine(text, at)
    else if (text.startsWith('/*', at)) at = endOfComment(text, at)
    else return at
  }
}

function endOfLine(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++
  return at
}

function endOfComment(text: string, from: number): number {
  const end = text.indexOf('*/', from + 2)
  if (end < 0) throw syntaxFault(from, 'the end of the comment')
  return end + 2
}

function readSymbol(text: string, at: number): Token {
  const two = text.slice(at, at + 2)
  const symbol = SYMBOLS.has(two) ? two : text.charAt(at)
  if (!SYMBOLS.has(symbol)) throw syntaxFault(at, 'a token')
  return { kind: 'symbol', text: symbol, at, end: at + symbol.length }
}

function readString(text: string, at: number): Token {
  let value = ''
  let from = at + 1
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) return { kind: 'string', text: value + text.slice(from, i), at, end: i + 1 }
    if (code !== BACKSLASH) continue
    const escaped = text[i + 1]
    if (escaped !== "'" && escaped !== '\\') throw syntaxFault(i, "\\' or \\\\")
    value += text.slice(from, i) + escaped
    from = i + 2
    i++
  }
  throw syntaxFault(at, 'the end of the string')
}

function readQuoted(text: string, at: number, kind: ConstantType): Token {
  const end = text.indexOf("'", at + 2)
  if (end < 0) throw syntaxFault(at, 'the end of the constant')
  const value = text.slice(at + 2, end)
  if (!isConstant(kind, value)) throw syntaxFault(at, `a ${kind} constant`)
  return { kind, text: value, at, end: end + 1 }
}

function readNumber(text: string, at: number): Token {
  const start = KINDS[text.charCodeAt(at)] === SIGN ? at + 1 : at
  const wholeEnd = digitsEnd(text, start)
  const fractionEnd = text.charCodeAt(wholeEnd) === DOT ? digitsEnd(text, wholeEnd + 1) : wholeEnd
  if (fractionEnd > wholeEnd + 1)
    return { kind: 'float', text: text.slice(at, fractionEnd), at, end: fractionEnd }
  const padded = text[start] === '0' && wholeEnd > start + 1
  if (wholeEnd === start || padded) throw syntaxFault(at, 'a number')
  return { kind: 'integer', text: text.slice(at, wholeEnd), at, end: wholeEnd }
}

function readWord(text: string, at: number): Token {
  let end = at + 1
  for (let code = text.charCodeAt(end); mayGoOn(code); code = text.charCodeAt(end)) end++
  const word = text.slice(at, end)
  const kind = word === 'true' || word === 'false' ? 'boolean' : 'word'
  return { kind, text: word, at, end }
}

function mayGoOn(code: number): boolean {
  const kind = KINDS[code]
  return kind === WORD || kind === DIGIT || code === HYPHEN
}

function digitsEnd(text: string, from: number): number {
  let at = from
  while (KINDS[text.charCodeAt(at)] === DIGIT) at++
  return at
}
