import { OBJECT_TYPES } from '../generated/shapes.ts'
import { typeOfId } from '../identifier.ts'
import { isJsonList, isJsonObject } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { kindOf } from '../profile/object-kind.ts'
import { checkPropertyNames } from './check-property-names.ts'
import { checkSelectors } from './check-selectors.ts'
import { FindingList } from './finding.ts'
import type { Finding } from './finding.ts'
import { validateShape } from './validate-shape.ts'

/**
 * Checks an object against every MUST rule of STIX 2.1 that can be decided by looking at it alone. Objects
 * of unknown types are held to the common rules. Never throws; gates publishing, elsewhere only flags.
 *
 * @returns what is wrong; nothing if the object is valid
 * @see docs/spec/stix.md, "Full validation"
 */
export function validateObject(object: JsonObject): readonly Finding[] {
  const findings = new FindingList()
  const type = object['type']
  if (typeof type !== 'string' || type === 'bundle') {
    findings.add('STIX_TYPE_INVALID', '/type', 'STIX 2.1 §3.2', 'expected the type of an object')
    return findings.all()
  }
  const context = { findings, objectType: type, validateShape }
  checkPropertyNames(object, '', findings)
  checkReserved(object, findings)
  validateShape(object, OBJECT_TYPES.has(type) ? type : kindOf(object), '', context)
  checkIdType(object, type, findings)
  checkSelectors(object, findings)
  checkMarksItself(object, findings)
  return findings.all()
}

/** Names the standard keeps for itself. @see STIX 2.1 §3.8 */
const RESERVED = ['severity', 'action', 'username', 'phone_number', 'phone_numbers'] as const

function checkReserved(object: JsonObject, findings: FindingList): void {
  const rule = 'STIX 2.1 §3.8'
  if (object['type'] === 'action')
    findings.add('STIX_TYPE_INVALID', '/type', rule, 'expected no reserved type')
  for (const name of RESERVED) {
    if (Object.hasOwn(object, name))
      findings.add('STIX_PROPERTY_FORBIDDEN', `/${name}`, rule, 'expected no reserved name')
  }
}

function checkIdType(object: JsonObject, type: string, findings: FindingList): void {
  const id = object['id']
  const named = typeof id === 'string' ? typeOfId(id) : undefined
  if (named !== undefined && named !== type) {
    findings.add('STIX_ID_INVALID', '/id', 'STIX 2.1 §2.9', `expected an identifier of ${type}`)
  }
}

/** A marking may mark markings, but not itself. @see STIX 2.1 §7.2 */
function checkMarksItself(object: JsonObject, findings: FindingList): void {
  if (object['type'] !== 'marking-definition') return
  const { id, object_marking_refs: refs, granular_markings: granular } = object
  const granularRefs = isJsonList(granular) ? granular.map((marking) => refIn(marking)) : []
  const all = [...(isJsonList(refs) ? refs : []), ...granularRefs]
  if (all.includes(id))
    findings.add('STIX_REFERENCE_INVALID', '/object_marking_refs', 'STIX 2.1 §7.2.2', 'expected no circle')
}

function refIn(marking: JsonValue): JsonValue | undefined {
  return isJsonObject(marking) ? marking['marking_ref'] : undefined
}
