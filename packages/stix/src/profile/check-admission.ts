import { StixError } from '../errors.ts'
import type { StixErrorCode } from '../errors.ts'
import { isJsonObject } from '../json/json-value.ts'
import type { JsonValue } from '../json/json-value.ts'
import { parseCanonical } from '../json/parse-canonical.ts'
import type { JsonLimits } from '../json/parse-strict.ts'
import type { StixObject } from '../stix-object.ts'
import { type Candidate, candidateOf, OBJECT_RULES } from './object-rules.ts'

/** Number of the profile below. Its rules are frozen: another set of rules is another number. */
export const ADMISSION_PROFILE = 1 as const

/** what a record can carry, and what no honest object comes near. */
export const ADMISSION_LIMITS: JsonLimits = { maxBytes: 240 * 1024, maxDepth: 32, maxValues: 20_000 }

/** An object that passed the admission profile. */
export interface AdmittedObject {
  readonly object: StixObject
  readonly id: string
  readonly type: string
  /** ms since the Unix epoch, rounded down; absent if the object has no such property. */
  readonly created?: number
  /** ms since the Unix epoch, rounded down; absent if the object has no such property. */
  readonly modified?: number
  /** What orders the versions of one id: `modified`, else `created`; absent for cyber-observable objects. */
  readonly version?: number
}

/** `path` is a JSON Pointer, `rule` the number of the rule that failed. */
export type AdmissionVerdict =
  | { readonly ok: true; readonly value: AdmittedObject }
  | { readonly ok: false; readonly code: StixErrorCode; readonly path: string; readonly rule: string }

/**
 * Judges bytes by admission profile 1, which every receiver applies alike: the verdict depends on the bytes
 * alone. Never throws. Rules are tried in order of their numbers; the first that fails is reported. With `properties`, which include
 * `RULED_PROPERTIES`, others may be missing in the object that is given, though all of it was checked.
 *
 * @see docs/spec/stix.md, "Admission profile 1"
 */
export function checkAdmission(bytes: Uint8Array, properties?: ReadonlySet<string>): AdmissionVerdict {
  try {
    const value = parseCanonical(bytes, ADMISSION_LIMITS, properties)
    return judge(value)
  } catch (error) {
    if (!(error instanceof StixError)) throw error
    return { ok: false, code: error.code, path: error.path, rule: JSON_RULES[error.code] ?? 'A-02' }
  }
}

const JSON_RULES: Partial<Record<StixErrorCode, string>> = {
  JSON_TOO_LARGE: 'A-01',
  JSON_TOO_DEEP: 'A-03',
  JSON_TOO_MANY_VALUES: 'A-04',
  JSON_NOT_CANONICAL: 'A-05',
}

function judge(value: JsonValue): AdmissionVerdict {
  if (!isJsonObject(value)) return { ok: false, code: 'STIX_NOT_AN_OBJECT', path: '', rule: 'A-06' }
  const candidate = candidateOf(value)
  for (const [rule, check] of OBJECT_RULES) {
    const fault = check(candidate)
    if (fault !== undefined) return { ok: false, rule, ...fault }
  }
  return { ok: true, value: describe(candidate) }
}

function describe({ object, kind, created, modified }: Candidate): AdmittedObject {
  const version = kind === 'observable' ? undefined : (modified ?? created)
  const stix = object as StixObject
  return {
    object: stix,
    id: stix.id,
    type: stix.type,
    ...(created && { created: created.ms }),
    ...(modified && { modified: modified.ms }),
    ...(version && { version: version.ms }),
  }
}
