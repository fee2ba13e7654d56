import { OBJECT_TYPES } from '../generated/shapes.ts'
import { isJsonObject, pointer } from '../json/json-value.ts'
import type { JsonValue } from '../json/json-value.ts'
import { OBSERVABLE_OBJECT_TYPES } from '../profile/object-kind.ts'
import { checkPropertyNames } from './check-property-names.ts'
import type { Context, Place } from './context.ts'

/**
 * Checks the deprecated `objects` of observed-data: cyber-observable objects that refer to each other by key.
 *
 * @see STIX 2.1 §4.14
 */
export function checkContainedObjects(value: JsonValue, { path, rule }: Place, context: Context): void {
  const { findings, validateShape } = context
  if (!isJsonObject(value))
    return findings.add('STIX_PROPERTY_TYPE', path, rule, 'expected a dictionary of objects')
  for (const [key, object] of Object.entries(value)) {
    const place = pointer(path, key)
    const type = isJsonObject(object) ? object['type'] : undefined
    if (!isJsonObject(object) || typeof type !== 'string') {
      findings.add('STIX_PROPERTY_TYPE', place, rule, 'expected an object with a type')
      continue
    }
    checkPropertyNames(object, place, findings)
    const isKnown = OBSERVABLE_OBJECT_TYPES.has(type)
    if (!isKnown && OBJECT_TYPES.has(type)) {
      findings.add('STIX_TYPE_INVALID', pointer(place, 'type'), rule, 'expected a cyber-observable object')
    }
    const inner = { findings, validateShape, objectType: type, siblings: value }
    validateShape(object, isKnown ? type : 'contained-observable', place, inner)
  }
}
