import { pointer } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { compareTimestamps, parseTimestamp } from '../timestamp.ts'
import type { FindingList } from './finding.ts'
import type { Constraint, Tagged } from './shape.ts'
import type { Place } from './context.ts'

/** Checks one rule over several properties of `object`. */
export function checkConstraint(
  constraint: Constraint,
  object: JsonObject,
  place: Place,
  findings: FindingList,
): void {
  const fault = FAULTS[constraint.is](constraint as never, (name) => Object.hasOwn(object, name), object)
  if (fault === undefined) return
  const path = fault.at === undefined ? place.path : pointer(place.path, fault.at)
  findings.add(fault.code, path, place.rule, fault.message)
}

interface Fault {
  readonly code: 'STIX_PROPERTY_MISSING' | 'STIX_PROPERTY_FORBIDDEN' | 'STIX_ORDER'
  readonly at?: string
  readonly message: string
}

type Judge<T extends Constraint['is']> = (
  constraint: Tagged<Constraint, T>,
  has: (name: string) => boolean,
  object: JsonObject,
) => Fault | undefined

const FAULTS: { readonly [T in Constraint['is']]: Judge<T> } = {
  'any-of': ({ names }, has) => (names.some(has) ? undefined : missing(`one of ${names.join(', ')}`)),
  'one-of': ({ names }, has) => {
    const present = names.filter(has)
    if (present.length === 0) return missing(`one of ${names.join(', ')}`)
    return present.length === 1
      ? undefined
      : forbidden(present[1] as string, `only one of ${names.join(', ')}`)
  },
  forbids: ({ names }, has) => {
    const present = names.find(has)
    return present === undefined ? undefined : forbidden(present, `no ${present}`)
  },
  needs: ({ name, other }, has) =>
    has(name) && !has(other) ? missing(`${other} with ${name}`, other) : undefined,
  order: ({ first, last, mayEqual }, _has, object) => {
    const from = instant(object[first])
    const to = instant(object[last])
    if (from === undefined || to === undefined) return undefined
    const order = compareTimestamps(from, to)
    if (order < 0 || (mayEqual && order === 0)) return undefined
    return {
      code: 'STIX_ORDER',
      at: last,
      message: `expected ${last} ${mayEqual ? 'not before' : 'after'} ${first}`,
    }
  },
  when: ({ name, value, effect, other }, has, object) => {
    if (object[name] !== value || has(other) === (effect === 'needs')) return undefined
    const what = `${other} where ${name} is ${value}`
    return effect === 'needs' ? missing(what, other) : forbidden(other, `no ${what}`)
  },
}

function missing(what: string, at?: string): Fault {
  return { code: 'STIX_PROPERTY_MISSING', ...(at === undefined ? {} : { at }), message: `expected ${what}` }
}

function forbidden(at: string, what: string): Fault {
  return { code: 'STIX_PROPERTY_FORBIDDEN', at, message: `expected ${what}` }
}

function instant(value: JsonValue | undefined) {
  return typeof value === 'string' ? parseTimestamp(value) : undefined
}
