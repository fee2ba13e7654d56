import type { Comparison, ComparisonExpression, ObjectPath, ObservationExpression } from '../pattern/ast.ts'
import type { Findings } from './findings.ts'
import type { Observable } from './observable.ts'
import { OBSERVABLE_PATHS, REFERENCE_TARGETS } from './observable-paths.ts'
import type { Reading } from './observable-paths.ts'

/** Adds every value that a pattern names by `=`, `IN`, or for addresses `ISSUBSET`, at an indexed path, wherever it stands. */
export function collectFromPattern(expression: ObservationExpression, findings: Findings): void {
  if (expression.kind === 'observation') return collectFromComparison(expression.comparison, findings)
  if (expression.kind === 'qualified') return collectFromPattern(expression.operand, findings)
  for (const operand of expression.operands) collectFromPattern(operand, findings)
}

/** Values each of which alone makes the whole pattern match: single tests joined by nothing but OR. */
export function soleOf(expression: ObservationExpression): readonly Observable[] {
  if (expression.kind === 'observation') return soleOfComparison(expression.comparison)
  return expression.kind === 'or' ? expression.operands.flatMap(soleOf) : []
}

const PATH = '/pattern'

function collectFromComparison(expression: ComparisonExpression, findings: Findings): void {
  if (expression.kind !== 'comparison') {
    for (const operand of expression.operands) collectFromComparison(operand, findings)
    return
  }
  if (expression.negated || expression.operator === '!=') return findings.skip(PATH, 'negated')
  if (!isEquality(expression)) return findings.skip(PATH, 'operator')
  const readings = readingsAt(expression.path)
  if (readings.length === 0) return findings.skip(PATH, 'property')
  for (const { text } of expression.constants)
    findings.add(firstReading(readings, text, expression.path), PATH)
}

function soleOfComparison(expression: ComparisonExpression): readonly Observable[] {
  if (expression.kind === 'or') return expression.operands.flatMap(soleOfComparison)
  if (expression.kind !== 'comparison' || expression.negated || !isEquality(expression)) return []
  const readings = readingsAt(expression.path)
  return expression.constants.flatMap(({ text }) => firstReading(readings, text, expression.path) ?? [])
}

function isEquality({ operator, path, constants }: Comparison): boolean {
  if (!constants.every(({ type }) => type === 'string' || type === 'integer')) return false
  // An address that is part of a network is what the look-up of that network finds.
  const inNetwork =
    operator === 'ISSUBSET' && (path.objectType === 'ipv4-addr' || path.objectType === 'ipv6-addr')
  return operator === '=' || operator === 'IN' || inNetwork
}

function firstReading(
  readings: readonly Reading[],
  text: string,
  { steps }: ObjectPath,
): Observable | undefined {
  const last = steps.at(-1)
  for (const read of readings) {
    const observable = read(text, typeof last === 'string' ? last : '*')
    if (observable !== undefined) return observable
  }
  return undefined
}

/** The readings that apply where `path` ends: past its last reference, in the objects that leads to. */
function readingsAt({ objectType, steps }: ObjectPath): readonly Reading[] {
  const names = steps.map((step) => (typeof step === 'string' ? step : '*'))
  const reference = names.findLastIndex((name) => name.endsWith('_ref') || name.endsWith('_refs'))
  if (reference < 0) return readingsOf(objectType, names)
  const target = names[reference] as string
  const rest = names.slice(names[reference + 1] === '*' ? reference + 2 : reference + 1)
  const types = Object.hasOwn(REFERENCE_TARGETS, target)
    ? (REFERENCE_TARGETS[target] as readonly string[])
    : []
  return types.flatMap((type) => readingsOf(type, rest))
}

function readingsOf(type: string, names: readonly string[]): readonly Reading[] {
  const paths = PATHS.get(type) ?? []
  return paths.filter(({ steps }) => fits(steps, names)).map(({ read }) => read)
}

/** The table of paths, cut into steps once. */
const PATHS: ReadonlyMap<string, readonly { readonly steps: readonly string[]; readonly read: Reading }[]> =
  new Map(
    Object.entries(OBSERVABLE_PATHS).map(([type, paths]) => [
      type,
      Object.entries(paths).map(([path, read]) => ({ steps: path.split('.'), read })),
    ]),
  )

function fits(path: readonly string[], names: readonly string[]): boolean {
  return path.length === names.length && path.every((step, i) => step === '*' || step === names[i])
}
