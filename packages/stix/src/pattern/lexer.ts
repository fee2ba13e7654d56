import { StixError } from '../errors.ts'
import type { ConstantType } from './ast.ts'
import { isConstant } from './is-constant.ts'

/** `word` covers keywords and identifiers, with or without hyphens; `symbol` brackets, operators and commas. */
export interface Token {
  readonly kind: 'word' | 'symbol' | 'end' | ConstantType
  readonly text: string
  /** Index of the first character. */
  readonly at: number
}

/**
 * Cuts a pattern into tokens, the last being `end`. One pass; no regular expression.
 *
 * @throws StixError PATTERN_SYNTAX
 * @see STIX 2.1 §9, and the ANTLR grammar that goes with it
 */
export function* tokenise(text: string): Generator<Token, void> {
  let at = skipBlanks(text, 0)
  while (at < text.length) {
    const read = readToken(text, at)
    yield read.token
    at = skipBlanks(text, read.end)
  }
  yield { kind: 'end', text: '', at }
}

/** A fault at one character of a pattern. */
export function syntaxFault(at: number, expected: string): StixError {
  return new StixError('PATTERN_SYNTAX', `expected ${expected} at character ${at}`, {
    path: '',
    rule: 'STIX 2.1 §9',
  })
}

interface Read {
  readonly token: Token
  readonly end: number
}

const SYMBOLS = ['==', '!=', '<>', '<=', '>=', '=', '<', '>', '[', ']', '(', ')', ',', ':', '.', '*'] as const
const QUOTED: Readonly<Record<string, ConstantType>> = { t: 'timestamp', h: 'hex', b: 'binary' }

const BLANKS: ReadonlySet<string> = new Set(
  ' \t\r\n\u000b\u000c\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
)

function skipBlanks(text: string, from: number): number {
  let at = from
  for (;;) {
    if (BLANKS.has(text.charAt(at))) at++
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

function readToken(text: string, at: number): Read {
  const first = text.charAt(at)
  if (first === "'") return readString(text, at)
  if (Object.hasOwn(QUOTED, first) && text[at + 1] === "'")
    return readQuoted(text, at, QUOTED[first] as ConstantType)
  if (isDigit(first) || first === '-' || first === '+') return readNumber(text, at)
  if (first === '.' && isDigit(text.charAt(at + 1))) return readNumber(text, at)
  if (isWordStart(first)) return readWord(text, at)
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at))
  if (symbol === undefined) throw syntaxFault(at, 'a token')
  return { token: { kind: 'symbol', text: symbol, at }, end: at + symbol.length }
}

function readString(text: string, at: number): Read {
  let value = ''
  let from = at + 1
  for (let i = from; i < text.length; i++) {
    if (text[i] === "'")
      return { token: { kind: 'string', text: value + text.slice(from, i), at }, end: i + 1 }
    if (text[i] !== '\\') continue
    const escaped = text[i + 1]
    if (escaped !== "'" && escaped !== '\\') throw syntaxFault(i, "\\' or \\\\")
    value += text.slice(from, i) + escaped
    from = i + 2
    i++
  }
  throw syntaxFault(at, 'the end of the string')
}

function readQuoted(text: string, at: number, kind: ConstantType): Read {
  const end = text.indexOf("'", at + 2)
  if (end < 0) throw syntaxFault(at, 'the end of the constant')
  const value = text.slice(at + 2, end)
  if (!isConstant(kind, value)) throw syntaxFault(at, `a ${kind} constant`)
  return { token: { kind, text: value, at }, end: end + 1 }
}

function readNumber(text: string, at: number): Read {
  const start = text[at] === '-' || text[at] === '+' ? at + 1 : at
  const wholeEnd = digitsEnd(text, start)
  if (text[wholeEnd] === '.' && isDigit(text.charAt(wholeEnd + 1))) {
    const end = digitsEnd(text, wholeEnd + 1)
    return { token: { kind: 'float', text: text.slice(at, end), at }, end }
  }
  const padded = text[start] === '0' && wholeEnd > start + 1
  if (wholeEnd === start || padded) throw syntaxFault(at, 'a number')
  return { token: { kind: 'integer', text: text.slice(at, wholeEnd), at }, end: wholeEnd }
}

function readWord(text: string, at: number): Read {
  let end = at + 1
  while (isWordStart(text.charAt(end)) || isDigit(text.charAt(end)) || text[end] === '-') end++
  const word = text.slice(at, end)
  const kind = word === 'true' || word === 'false' ? 'boolean' : 'word'
  return { token: { kind, text: word, at }, end }
}

function digitsEnd(text: string, from: number): number {
  let at = from
  while (isDigit(text.charAt(at))) at++
  return at
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9'
}

function isWordStart(character: string): boolean {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character === '_'
}
