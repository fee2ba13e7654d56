import { isTypeName } from '../identifier.ts'
import type { ComparisonExpression, ObservationExpression, Pattern } from './ast.ts'

/**
 * Names in a pattern that no STIX object could have: types that are no type names, first properties that
 * are not 3 to 250 of `a-z`, `0-9` and `_`.
 *
 * @see STIX 2.1 §3.1, §9.7
 */
export function namesOutsideGrammar({ expression }: Pattern): readonly string[] {
  return inObservation(expression)
}

function inObservation(expression: ObservationExpression): readonly string[] {
  if (expression.kind === 'observation') return inComparison(expression.comparison)
  if (expression.kind === 'qualified') return inObservation(expression.operand)
  return expression.operands.flatMap(inObservation)
}

function inComparison(expression: ComparisonExpression): readonly string[] {
  if (expression.kind !== 'comparison') return expression.operands.flatMap(inComparison)
  const { objectType, steps } = expression.path
  const property = typeof steps[0] === 'string' ? steps[0] : ''
  return [...(isTypeName(objectType) ? [] : [objectType]), ...(isProperty(property) ? [] : [property])]
}

function isProperty(name: string): boolean {
  if (name === 'id') return true
  if (name.length < 3 || name.length > 250) return false
  for (const character of name) {
    const known =
      (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character === '_'
    if (!known) return false
  }
  return true
}
