import { EXTENSIONS, OBJECT_TYPES, SHAPES } from '../generated/shapes.ts'
import { isJsonObject, pointer } from '../json/json-value.ts'
import type { JsonValue } from '../json/json-value.ts'
import { OBSERVABLE_OBJECT_TYPES } from '../profile/object-kind.ts'
import { checkPropertyNames } from './check-property-names.ts'
import type { FindingList } from './finding.ts'
import type { Shape } from './shape.ts'
import { validateProperties, validateShape } from './validate-shape.ts'
import type { Place } from './validate-shape.ts'

/** Checks the deprecated `objects` of observed-data: cyber-observable objects that refer to each other by key. */
export function checkContainedObjects(value: JsonValue, { path, rule }: Place, findings: FindingList): void {
  if (!isJsonObject(value)) return findings.add('STIX_PROPERTY_TYPE', path, rule, 'expected a dictionary of objects')
  for (const [key, object] of Object.entries(value)) {
    const place = pointer(path, key)
    const type = isJsonObject(object) ? object['type'] : undefined
    if (!isJsonObject(object) || typeof type !== 'string') {
      findings.add('STIX_PROPERTY_TYPE', place, rule, 'expected an object with a type')
      continue
    }
    const context = { findings, objectType: type, siblings: value }
    checkPropertyNames(object, place, findings)
    validateShape(object, 'contained-observable', place, context)
    if (OBSERVABLE_OBJECT_TYPES.has(type)) validateProperties(object, SHAPES[type] as Shape, place, context)
    else if (OBJECT_TYPES.has(type) || Object.hasOwn(EXTENSIONS, type)) {
      findings.add('STIX_TYPE_INVALID', pointer(place, 'type'), rule, 'expected a cyber-observable object')
    }
  }
}
