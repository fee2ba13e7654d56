import { StixError } from '../errors.ts'
import { isHashValue } from '../hash-algorithms.ts'
import type { Comparison, ComparisonExpression, Constant, ConstantType, ObjectPath, Operator } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

/** Parses what stands between `[` and `]`. @throws StixError as `parsePattern` */
export function parseComparison(reader: TokenReader): ComparisonExpression {
  return parseChain(reader, 'OR', parseAnd)
}

function parseAnd(reader: TokenReader): ComparisonExpression {
  return parseChain(reader, 'AND', parseTest)
}

const CHAINS = { OR: 'or', AND: 'and' } as const

function parseChain(
  reader: TokenReader,
  word: keyof typeof CHAINS,
  parseOperand: (reader: TokenReader) => ComparisonExpression,
): ComparisonExpression {
  const first = parseOperand(reader)
  const operands = [first]
  while (reader.takeWord(word)) operands.push(parseOperand(reader))
  return operands.length === 1 ? first : { kind: CHAINS[word], operands }
}

function parseTest(reader: TokenReader): ComparisonExpression {
  if (reader.takeSymbol('(')) {
    const inner = reader.nested(() => parseComparison(reader))
    reader.expectSymbol(')')
    return inner
  }
  const leadingNot = reader.takeWord('NOT')
  if (reader.takeWord('EXISTS')) {
    reader.countTerm()
    const path = parsePath(reader)
    return { kind: 'comparison', path, operator: 'EXISTS', negated: leadingNot, constants: [] }
  }
  if (leadingNot) throw reader.fault('EXISTS')
  return parseOperation(reader, parsePath(reader))
}

const ORDERED: readonly ConstantType[] = ['integer', 'float', 'string', 'binary', 'hex', 'timestamp']
const PRIMITIVE: readonly ConstantType[] = [...ORDERED, 'boolean']
const TEXT: readonly ConstantType[] = ['string']

/** What may follow each operator. `IN` takes a set and stands apart. */
const CONSTANTS: Readonly<Record<Exclude<Operator, 'IN' | 'EXISTS'>, readonly ConstantType[]>> = {
  '=': PRIMITIVE,
  '!=': PRIMITIVE,
  '<': ORDERED,
  '<=': ORDERED,
  '>': ORDERED,
  '>=': ORDERED,
  LIKE: TEXT,
  MATCHES: TEXT,
  ISSUBSET: TEXT,
  ISSUPERSET: TEXT,
}
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['==', '='],
  ['<>', '!='],
])

function parseOperation(reader: TokenReader, path: ObjectPath): Comparison {
  const negated = reader.takeWord('NOT')
  if (reader.takeWord('IN')) {
    const constants = parseSet(reader)
    checkHashes(path, constants)
    return { kind: 'comparison', path, operator: 'IN', negated, constants }
  }
  const { kind, text } = reader.next
  const operator = SPELLINGS.get(text) ?? text
  if ((kind !== 'symbol' && kind !== 'word') || !Object.hasOwn(CONSTANTS, operator))
    throw reader.fault('an operator')
  reader.take()
  const known = operator as keyof typeof CONSTANTS
  const constants = [parseConstant(reader, CONSTANTS[known])]
  if (known === '=' || known === '!=') checkHashes(path, constants)
  return { kind: 'comparison', path, operator: known, negated, constants }
}

function parseSet(reader: TokenReader): readonly Constant[] {
  reader.expectSymbol('(')
  if (reader.takeSymbol(')')) return []
  const constants: Constant[] = []
  do constants.push(parseConstant(reader, PRIMITIVE))
  while (reader.takeSymbol(','))
  reader.expectSymbol(')')
  if (new Set(constants.map(familyOf)).size > 1) {
    throw invalid('expected a set of one type', 'STIX 2.1 §9.2')
  }
  return constants
}

/** A hash of the wrong length equals nothing, so that the pattern cannot mean what it says. */
function checkHashes({ steps }: ObjectPath, constants: readonly Constant[]): void {
  const [list, algorithm] = steps.slice(-2)
  if (list !== 'hashes' || typeof algorithm !== 'string') return
  const bad = constants.find(({ type, text }) => type === 'string' && !isHashValue(algorithm, text))
  if (bad !== undefined)
    throw invalid(`expected a ${algorithm} hash, got ${bad.text.length} characters`, 'STIX 2.1 §2.7')
}

function invalid(message: string, rule: string): StixError {
  return new StixError('PATTERN_INVALID', message, { path: '', rule })
}

function familyOf({ type }: Constant): string {
  return type === 'integer' || type === 'float' ? 'number' : type
}

function parseConstant(reader: TokenReader, types: readonly ConstantType[]): Constant {
  reader.countTerm()
  const token = reader.expectConstant(types)
  return { type: token.kind as ConstantType, text: token.text }
}

/** Words of the language, which no unquoted name may be. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'AND',
  'OR',
  'NOT',
  'FOLLOWEDBY',
  'LIKE',
  'MATCHES',
  'ISSUPERSET',
  'ISSUBSET',
  'EXISTS',
  'LAST',
  'IN',
  'START',
  'STOP',
  'SECONDS',
  'WITHIN',
  'REPEATS',
  'TIMES',
])

function parsePath(reader: TokenReader): ObjectPath {
  if (reader.next.kind !== 'word' || KEYWORDS.has(reader.next.text)) throw reader.fault('an object type')
  const objectType = reader.take().text
  reader.expectSymbol(':')
  const steps: ObjectPath['steps'][number][] = [parseName(reader)]
  for (;;) {
    if (reader.takeSymbol('.')) steps.push(parseName(reader))
    else if (reader.takeSymbol('[')) steps.push({ index: parseIndex(reader) })
    else return { objectType, steps }
  }
}

function parseName(reader: TokenReader): string {
  const { kind, text } = reader.next
  const isName = kind === 'word' && !text.includes('-') && !KEYWORDS.has(text)
  if (kind !== 'string' && !isName) throw reader.fault('a property name; quote names with a hyphen')
  return reader.take().text
}

function parseIndex(reader: TokenReader): number | '*' {
  const index = reader.takeSymbol('*') ? '*' : Number(reader.expectConstant(['integer']).text)
  reader.expectSymbol(']')
  return index
}
