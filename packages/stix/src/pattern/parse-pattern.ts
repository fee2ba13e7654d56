import { StixError } from '../errors.ts'
import type { StixErrorCode } from '../errors.ts'
import type { ComparisonExpression, ObservationExpression, Pattern, Qualifier } from './ast.ts'
import { parseComparison } from './parse-comparison.ts'
import { TokenReader } from './token-reader.ts'

/** Longest pattern, in UTF-16 code units: most of the largest object. */
export const MAX_PATTERN_LENGTH = 131_072
/** Deepest nesting of parentheses. */
export const MAX_PATTERN_DEPTH = 64
/** Most constants and existence tests in one pattern. */
export const MAX_PATTERN_TERMS = 8192

/**
 * Parses a STIX pattern. Time and memory are linear in the length of `text`. Constants of `MATCHES` are
 * kept as text: no expression of a producer is ever compiled.
 *
 * @throws StixError PATTERN_TOO_LONG, PATTERN_TOO_DEEP, PATTERN_TOO_MANY_TERMS, PATTERN_SYNTAX, PATTERN_INVALID
 * @see STIX 2.1 §9
 */
export function parsePattern(text: string): Pattern {
  if (text.length > MAX_PATTERN_LENGTH) {
    throw fault('PATTERN_TOO_LONG', `expected at most ${MAX_PATTERN_LENGTH} characters, got ${text.length}`)
  }
  const reader = new TokenReader(text, { maxDepth: MAX_PATTERN_DEPTH, maxTerms: MAX_PATTERN_TERMS })
  const expression = parseFollowedBy(reader)
  reader.expectEnd()
  return { expression }
}

function parseFollowedBy(reader: TokenReader): ObservationExpression {
  return parseChain(reader, 'FOLLOWEDBY', parseOr)
}

function parseOr(reader: TokenReader): ObservationExpression {
  return parseChain(reader, 'OR', parseAnd)
}

function parseAnd(reader: TokenReader): ObservationExpression {
  return parseChain(reader, 'AND', parseQualified)
}

const CHAINS = { FOLLOWEDBY: 'followed-by', OR: 'or', AND: 'and' } as const

function parseChain(
  reader: TokenReader,
  word: keyof typeof CHAINS,
  parseOperand: (reader: TokenReader) => ObservationExpression,
): ObservationExpression {
  const first = parseOperand(reader)
  const operands = [first]
  while (reader.takeWord(word)) operands.push(parseOperand(reader))
  return operands.length === 1 ? first : { kind: CHAINS[word], operands }
}

function parseQualified(reader: TokenReader): ObservationExpression {
  // A group may be qualified again: `([a] WITHIN 5 SECONDS) WITHIN 9 SECONDS` says two things.
  const isGroup = reader.next.text === '('
  let expression = parseObservation(reader)
  const seen = new Set<string>()
  for (;;) {
    const qualifier = parseQualifier(reader)
    if (qualifier === undefined) return expression
    if (!isGroup && seen.has(qualifier.kind))
      throw fault('PATTERN_INVALID', `expected one ${qualifier.kind} qualifier`)
    seen.add(qualifier.kind)
    expression = { kind: 'qualified', operand: expression, qualifier }
  }
}

function parseObservation(reader: TokenReader): ObservationExpression {
  if (reader.takeSymbol('(')) {
    const inner = reader.nested(() => parseFollowedBy(reader))
    reader.expectSymbol(')')
    return inner
  }
  reader.expectSymbol('[')
  const comparison: ComparisonExpression = parseComparison(reader)
  reader.expectSymbol(']')
  return { kind: 'observation', comparison }
}

function parseQualifier(reader: TokenReader): Qualifier | undefined {
  if (reader.takeWord('WITHIN')) {
    const seconds = Number(reader.expectConstant(['integer', 'float']).text)
    reader.expectWord('SECONDS')
    if (!(seconds > 0 && seconds <= Number.MAX_SAFE_INTEGER))
      throw fault('PATTERN_INVALID', 'expected seconds above 0')
    return { kind: 'within', seconds }
  }
  if (reader.takeWord('REPEATS')) {
    const times = Number(reader.expectConstant(['integer']).text)
    reader.expectWord('TIMES')
    if (!(times > 0 && Number.isSafeInteger(times)))
      throw fault('PATTERN_INVALID', 'expected a number of times above 0')
    return { kind: 'repeats', times }
  }
  if (!reader.takeWord('START')) return undefined
  const start = reader.expectConstant(['timestamp']).text
  reader.expectWord('STOP')
  return { kind: 'start-stop', start, stop: reader.expectConstant(['timestamp']).text }
}

function fault(code: StixErrorCode, message: string): StixError {
  return new StixError(code, message, { path: '', rule: 'STIX 2.1 §9.5' })
}
