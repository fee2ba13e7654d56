import { SHAPES } from '../generated/shapes.ts'
import { isJsonList, isJsonObject, pointer } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { checkConstraint } from './check-constraint.ts'
import { checkExtensions } from './check-extensions.ts'
import { checkHashes } from './check-hashes.ts'
import { checkContainedObjects } from './check-contained-objects.ts'
import { checkReference } from './check-reference.ts'
import type { Context, Place } from './context.ts'
import { SHAPE_CHECKS } from './shape-checks.ts'
import type { Shape, Tagged, ValueType } from './shape.ts'
import { isDictionaryKey, TEXT_CHECKS } from './text-checks.ts'

/**
 * Checks an object against the shape called `name` and against the base of that shape. Objects inside
 * `objects` of observed-data have no id, hence another base.
 */
export function validateShape(object: JsonObject, name: string, path: string, context: Context): void {
  const shape = SHAPES[name] as Shape
  const base =
    context.siblings !== undefined && shape.base === 'observable' ? 'contained-observable' : shape.base
  if (base !== undefined) validateShape(object, base, path, context)
  const { findings } = context
  for (const property of shape.required) {
    if (Object.hasOwn(object, property)) continue
    findings.add('STIX_PROPERTY_MISSING', pointer(path, property), shape.rule, `expected ${property}`)
  }
  for (const [property, type] of Object.entries(shape.properties)) {
    if (!Object.hasOwn(object, property)) continue
    const place = { path: pointer(path, property), rule: shape.rule }
    validateValue(object[property] as JsonValue, type, place, context)
  }
  for (const constraint of shape.constraints)
    checkConstraint(constraint, object, { path, rule: shape.rule }, findings)
  SHAPE_CHECKS[name]?.(object, path, shape.rule, findings)
}

type Check<T extends ValueType['is']> = (
  value: JsonValue,
  type: Tagged<ValueType, T>,
  place: Place,
  context: Context,
) => void

function validateValue(value: JsonValue, type: ValueType, place: Place, context: Context): void {
  const check = CHECKS[type.is] as Check<ValueType['is']>
  check(value, type as never, place, context)
}

const CHECKS: { readonly [T in ValueType['is']]: Check<T> } = {
  any: (value, _type, place, context) => {
    if (value === null) wrongType('a value', place, context)
  },
  text: (value, { check }, place, context) => {
    if (typeof value !== 'string') return wrongType('text', place, context)
    if (TEXT_CHECKS[check](value)) return
    const code = check.endsWith('timestamp')
      ? 'STIX_TIMESTAMP_INVALID'
      : check === 'type-name'
        ? 'STIX_TYPE_INVALID'
        : 'STIX_PROPERTY_VALUE'
    context.findings.add(code, place.path, place.rule, `expected ${check}`)
  },
  integer: (value, { min, max }, place, context) => {
    if (!Number.isSafeInteger(value)) return wrongType('an integer', place, context)
    checkRange(value as number, { min, max }, place, context)
  },
  float: (value, { min, max }, place, context) => {
    if (typeof value !== 'number') return wrongType('a number', place, context)
    checkRange(value, { min, max }, place, context)
  },
  boolean: (value, _type, place, context) => {
    if (typeof value !== 'boolean') wrongType('true or false', place, context)
  },
  object: (value, _type, place, context) => {
    if (!isJsonObject(value)) wrongType('an object', place, context)
  },
  enum: (value, { values }, place, context) => {
    if (typeof value !== 'string') return wrongType('text', place, context)
    if (values.includes(value)) return
    const code = place.path === '/spec_version' ? 'STIX_VERSION_UNSUPPORTED' : 'STIX_PROPERTY_VALUE'
    context.findings.add(code, place.path, place.rule, `expected one of ${values.join(', ')}`)
  },
  id: checkReference,
  ref: checkReference,
  list: (value, { of }, place, context) => {
    if (!isJsonList(value)) return wrongType('a list', place, context)
    if (value.length === 0)
      context.findings.add('STIX_PROPERTY_VALUE', place.path, 'STIX 2.1 §2.12', 'expected no empty list')
    for (const [i, item] of value.entries()) {
      validateValue(item, of, { path: pointer(place.path, i), rule: place.rule }, context)
    }
  },
  dictionary: (value, { of }, place, context) => {
    if (!isJsonObject(value)) return wrongType('a dictionary', place, context)
    for (const [key, item] of Object.entries(value)) {
      const inner = { path: pointer(place.path, key), rule: place.rule }
      if (!isDictionaryKey(key))
        context.findings.add('STIX_PROPERTY_NAME', inner.path, 'STIX 2.1 §2.3', 'expected a dictionary key')
      validateValue(item, of, inner, context)
    }
    if (Object.keys(value).length === 0)
      context.findings.add('STIX_PROPERTY_VALUE', place.path, 'STIX 2.1 §2.3', 'expected no empty dictionary')
  },
  union: (value, { types }, place, context) => {
    if (!types.some((type) => isOfType(value, type)))
      wrongType(types.map(({ is }) => is).join(' or '), place, context)
  },
  shape: (value, { shape }, place, context) => {
    if (!isJsonObject(value)) return wrongType('an object', place, context)
    validateShape(value, shape, place.path, context)
  },
  hashes: (value, _type, place, context) => checkHashes(value, place, context.findings),
  extensions: (value, _type, place, context) => checkExtensions(value, place, context),
  'contained-objects': (value, _type, place, context) => checkContainedObjects(value, place, context),
}

function isOfType(value: JsonValue, type: ValueType): boolean {
  if (type.is === 'list') return isJsonList(value) && value.every((item) => isOfType(item, type.of))
  return type.is === 'integer' ? Number.isSafeInteger(value) : type.is === 'text' && typeof value === 'string'
}

function checkRange(
  value: number,
  { min, max }: { min: number | undefined; max: number | undefined },
  place: Place,
  context: Context,
): void {
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    context.findings.add(
      'STIX_PROPERTY_VALUE',
      place.path,
      place.rule,
      `expected ${min ?? ''} to ${max ?? ''}`,
    )
  }
}

function wrongType(expected: string, { path, rule }: Place, { findings }: Context): void {
  findings.add('STIX_PROPERTY_TYPE', path, rule, `expected ${expected}`)
}
