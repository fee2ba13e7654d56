import type { StixErrorCode } from '../errors.ts'
import { isTypeName, typeOfId } from '../identifier.ts'
import { isJsonList, isJsonObject, pointer } from '../json/json-value.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { compareTimestamps, parseTimestamp, type Timestamp } from '../timestamp.ts'
import { kindOf } from './object-kind.ts'
import type { ObjectKind } from './object-kind.ts'

/** What a rule found wrong, and where. */
export interface Fault {
  readonly code: StixErrorCode
  readonly path: string
}

/** An object with what more than one rule looks at, each read once. */
export interface Candidate {
  readonly object: JsonObject
  readonly kind: ObjectKind
  /** Absent where there is none, and where it has not the form of one. */
  readonly created: Timestamp | undefined
  readonly modified: Timestamp | undefined
}

export function candidateOf(object: JsonObject): Candidate {
  const { created, modified } = object
  return { object, kind: kindOf(object), created: timeOf(created), modified: timeOf(modified) }
}

function timeOf(value: JsonValue | undefined): Timestamp | undefined {
  return typeof value === 'string' ? parseTimestamp(value) : undefined
}

/** Properties that the rules look at by name. Rule A-09 looks at all that are null or empty lists. */
export const RULED_PROPERTIES = [
  'type',
  'id',
  'spec_version',
  'created',
  'modified',
  'revoked',
  'created_by_ref',
  'object_marking_refs',
  'granular_markings',
  'extensions',
] as const

/**
 * Rules of admission profile 1, in order. Each may rely on those before it.
 *
 * @see docs/spec/stix.md, "Admission profile 1"
 */
export const OBJECT_RULES: readonly (readonly [
  rule: string,
  check: (candidate: Candidate) => Fault | undefined,
])[] = [
  ['A-07', checkType],
  ['A-08', checkId],
  ['A-09', checkNoEmptyProperty],
  ['A-10', checkSpecVersion],
  ['A-11', checkTimesPresent],
  ['A-12', checkTimesForm],
  ['A-13', checkTimesOrder],
  ['A-14', checkRevoked],
  ['A-15', checkCreator],
  ['A-16', checkMarkingRefs],
  ['A-17', checkGranularMarkings],
  ['A-18', checkExtensions],
]

const TIMES = ['created', 'modified'] as const
const REQUIRED_TIMES: Readonly<Record<ObjectKind, readonly string[]>> = {
  versioned: TIMES,
  marking: ['created'],
  observable: [],
}

function checkType({ object }: Candidate): Fault | undefined {
  const type = object['type']
  if (type === undefined) return { code: 'STIX_PROPERTY_MISSING', path: '/type' }
  // A bundle has no owner and no version: it is a carrier, never a record.
  const holds = typeof type === 'string' && isTypeName(type) && type !== 'bundle'
  return holds ? undefined : { code: 'STIX_TYPE_INVALID', path: '/type' }
}

function checkId({ object }: Candidate): Fault | undefined {
  const id = object['id']
  if (id === undefined) return { code: 'STIX_PROPERTY_MISSING', path: '/id' }
  return isIdOf(id, object['type'] as string) ? undefined : { code: 'STIX_ID_INVALID', path: '/id' }
}

function checkNoEmptyProperty({ object }: Candidate): Fault | undefined {
  for (const name of Object.keys(object)) {
    const value = object[name]
    const empty = value === null || (isJsonList(value) && value.length === 0)
    if (empty) return { code: 'STIX_PROPERTY_VALUE', path: pointer('', name) }
  }
  return undefined
}

function checkSpecVersion({ object, kind }: Candidate): Fault | undefined {
  const version = object['spec_version']
  if (version === undefined && kind === 'observable') return undefined
  return version === '2.1' ? undefined : { code: 'STIX_VERSION_UNSUPPORTED', path: '/spec_version' }
}

function checkTimesPresent({ object, kind }: Candidate): Fault | undefined {
  const missing = REQUIRED_TIMES[kind].find((name) => object[name] === undefined)
  return missing === undefined ? undefined : { code: 'STIX_PROPERTY_MISSING', path: `/${missing}` }
}

function checkTimesForm(candidate: Candidate): Fault | undefined {
  for (const name of TIMES) {
    if (candidate.object[name] === undefined) continue
    const time = candidate[name]
    if (time === undefined || time.fraction.length < 3)
      return { code: 'STIX_TIMESTAMP_INVALID', path: `/${name}` }
  }
  return undefined
}

function checkTimesOrder({ created, modified }: Candidate): Fault | undefined {
  if (created === undefined || modified === undefined) return undefined
  return compareTimestamps(created, modified) <= 0 ? undefined : { code: 'STIX_ORDER', path: '/modified' }
}

function checkRevoked({ object }: Candidate): Fault | undefined {
  const revoked = object['revoked']
  const holds = revoked === undefined || typeof revoked === 'boolean'
  return holds ? undefined : { code: 'STIX_PROPERTY_TYPE', path: '/revoked' }
}

function checkCreator({ object }: Candidate): Fault | undefined {
  const creator = object['created_by_ref']
  const holds = creator === undefined || (typeof creator === 'string' && typeOfId(creator) !== undefined)
  return holds ? undefined : { code: 'STIX_REFERENCE_INVALID', path: '/created_by_ref' }
}

function checkMarkingRefs({ object }: Candidate): Fault | undefined {
  const refs = object['object_marking_refs']
  if (refs === undefined) return undefined
  if (!isJsonList(refs)) return { code: 'STIX_PROPERTY_TYPE', path: '/object_marking_refs' }
  const bad = refs.findIndex((ref) => !isIdOf(ref, 'marking-definition'))
  return bad < 0 ? undefined : { code: 'STIX_REFERENCE_INVALID', path: `/object_marking_refs/${bad}` }
}

function checkGranularMarkings({ object }: Candidate): Fault | undefined {
  const markings = object['granular_markings']
  if (markings === undefined) return undefined
  if (!isJsonList(markings)) return { code: 'STIX_PROPERTY_TYPE', path: '/granular_markings' }
  const bad = markings.findIndex((marking) => !isGranularMarking(marking))
  return bad < 0 ? undefined : { code: 'STIX_PROPERTY_VALUE', path: `/granular_markings/${bad}` }
}

function isGranularMarking(marking: JsonValue): boolean {
  if (!isJsonObject(marking)) return false
  const { marking_ref: ref, lang, selectors } = marking
  if (!isJsonList(selectors) || selectors.length === 0) return false
  if (!selectors.every((selector) => typeof selector === 'string')) return false
  if ((ref === undefined) === (lang === undefined)) return false
  return ref === undefined ? typeof lang === 'string' : isIdOf(ref, 'marking-definition')
}

function checkExtensions({ object }: Candidate): Fault | undefined {
  const extensions = object['extensions']
  if (extensions === undefined) return undefined
  if (!isJsonObject(extensions)) return { code: 'STIX_PROPERTY_TYPE', path: '/extensions' }
  const bad = Object.entries(extensions).find(([, extension]) => !isJsonObject(extension))
  return bad === undefined ? undefined : { code: 'STIX_PROPERTY_TYPE', path: pointer('/extensions', bad[0]) }
}

function isIdOf(value: JsonValue, type: string): boolean {
  return typeof value === 'string' && typeOfId(value) === type
}
