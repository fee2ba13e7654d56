import { StixError } from '../errors.ts'
import type { ConstantType } from './ast.ts'
import { syntaxFault, tokenAt } from './lexer.ts'
import type { Token } from './lexer.ts'

/** One token of look-ahead over a pattern, and the counters that bound the work. */
export class TokenReader {
  readonly #text: string
  readonly #maxDepth: number
  readonly #maxTerms: number
  #next: Token
  #depth = 0
  #terms = 0

  constructor(text: string, limits: { readonly maxDepth: number; readonly maxTerms: number }) {
    this.#text = text
    this.#maxDepth = limits.maxDepth
    this.#maxTerms = limits.maxTerms
    this.#next = tokenAt(text, 0)
  }

  /** The token that comes next; stays in place. */
  get next(): Token {
    return this.#next
  }

  take(): Token {
    const token = this.#next
    this.#next = tokenAt(this.#text, token.end)
    return token
  }

  takeSymbol(symbol: string): boolean {
    return this.#takeIf('symbol', symbol)
  }

  takeWord(word: string): boolean {
    return this.#takeIf('word', word)
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.fault(symbol)
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.fault(word)
  }

  expectConstant(types: readonly ConstantType[]): Token {
    if (!(types as readonly string[]).includes(this.#next.kind)) throw this.fault(types.join(' or '))
    return this.take()
  }

  expectEnd(): void {
    if (this.#next.kind !== 'end') throw this.fault('the end of the pattern')
  }

  /** Runs `parse` one level deeper. @throws StixError PATTERN_TOO_DEEP */
  nested<T>(parse: () => T): T {
    if (++this.#depth > this.#maxDepth)
      throw bound('PATTERN_TOO_DEEP', `expected at most ${this.#maxDepth} levels`)
    const result = parse()
    this.#depth--
    return result
  }

  /** Counts one constant or existence test. @throws StixError PATTERN_TOO_MANY_TERMS */
  countTerm(): void {
    if (++this.#terms > this.#maxTerms)
      throw bound('PATTERN_TOO_MANY_TERMS', `expected at most ${this.#maxTerms} terms`)
  }

  fault(expected: string): StixError {
    return syntaxFault(this.#next.at, expected)
  }

  #takeIf(kind: 'symbol' | 'word', text: string): boolean {
    if (this.#next.kind !== kind || this.#next.text !== text) return false
    this.take()
    return true
  }
}

function bound(code: 'PATTERN_TOO_DEEP' | 'PATTERN_TOO_MANY_TERMS', message: string): StixError {
  return new StixError(code, message, { path: '', rule: 'STIX 2.1 §9' })
}
