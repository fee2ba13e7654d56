import {
  compartmentOf,
  type DataCompartment,
  MAX_LIFETIME_HOURS,
  MAX_STIX_BYTES,
  type TlpLabel,
  utf8Bytes,
} from '@intelmesh/protocol'
import {
  canonicalise,
  checkAdmission,
  isJsonObject,
  lifetimeDays,
  type Marked,
  observablesOf,
  parseJson,
  resolveLabels,
  StixError,
  type StixObject,
  validateObject,
} from '@intelmesh/stix'
import { hourOf } from '../admission/index.ts'
import type { PublishRequest, PublishResult } from '../api.ts'

/** An object that may be published, in the form in which it will be signed. */
export interface Prepared {
  readonly where: string
  readonly stixId: string
  readonly type: string
  readonly stix: Uint8Array
  readonly label: TlpLabel
  readonly compartment: DataCompartment
  /** Whole hours since the Unix epoch. */
  readonly expires: number
}

export interface Preparation {
  readonly prepared: readonly Prepared[]
  readonly refused: PublishResult['refused']
  readonly notices: PublishResult['notices']
}

interface Refusal {
  readonly code: string
  readonly path: string
  readonly reason: string
}

const HOURS_PER_DAY = 24

/**
 * Decides object by object what may be published: strict JSON, full validation, the label under the ceiling, the expiry. What is
 * refused is named with its place, and keeps nothing else back.
 */
export function prepareObjects(request: PublishRequest, nowMs: number): Preparation {
  const refused: PublishResult['refused'][number][] = []
  const where = new Map<StixObject, string>()
  for (const { text, where: place } of request.objects) {
    const object = readObject(text)
    if ('code' in object && 'reason' in object) refused.push({ where: place, ...(object as Refusal) })
    else where.set(object as StixObject, place)
  }
  const context = (request.markings ?? [])
    .map(readObject)
    .filter((object): object is StixObject => !('reason' in object && 'code' in object))
  const held = new Set([...where.keys()].map(({ id }) => id))
  const resolution = resolveLabels(
    [...where.keys(), ...context.filter(({ id }) => !held.has(id))],
    request.tlp,
  )
  for (const { object, code, path, rule } of resolution.refused) {
    const place = where.get(object)
    if (place !== undefined)
      refused.push({ where: place, stixId: object.id, code, path, reason: `${REASONS[code]} (${rule})` })
  }
  const prepared: Prepared[] = []
  for (const marked of resolution.marked) {
    const place = where.get(marked.object)
    if (place === undefined) continue
    const outcome = prepareOne(marked, place, request, nowMs)
    if ('reason' in outcome) refused.push({ where: place, stixId: marked.object.id, ...outcome })
    else prepared.push(outcome)
  }
  const notices = resolution.notices
    .filter(({ code }) => code === 'TLP_MARKING_REDEFINED')
    .map(({ id, code }) => ({
      where: placeOf(where, id),
      code,
      text: `${id} has a fixed meaning: the copy in the input is left out`,
    }))
  return { prepared, refused, notices }
}

const REASONS = {
  TLP_ABOVE_CEILING: 'the object is labelled narrower than --tlp: publish it with its own label',
  TLP_MARKING_UNKNOWN:
    'the object bears a marking that is not known and not in the input, so it may not leave',
} as const

function readObject(text: string): StixObject | Refusal {
  try {
    const value = parseJson(utf8Bytes(text))
    if (isJsonObject(value) && typeof value['type'] === 'string' && typeof value['id'] === 'string')
      return value as StixObject
    return { code: 'STIX_NOT_AN_OBJECT', path: '', reason: 'expected a STIX object with type and id' }
  } catch (error) {
    if (!(error instanceof StixError)) throw error
    return { code: error.code, path: error.path, reason: `${error.message} (${error.rule})` }
  }
}

function prepareOne(
  { object, label }: Marked,
  where: string,
  request: PublishRequest,
  nowMs: number,
): Prepared | Refusal {
  const finding = validateObject(object)[0]
  if (finding !== undefined)
    return { code: finding.code, path: finding.path, reason: `${finding.message} (${finding.rule})` }
  const compartment = compartmentOf(label)
  if (compartment === undefined) {
    return {
      code: 'LABEL_NEEDS_CIRCLE',
      path: '',
      reason: `TLP:${label.toUpperCase()} needs a circle or named recipients, and there are none here`,
    }
  }
  const stix = canonicalise(object)
  if (stix.length > MAX_STIX_BYTES)
    return {
      code: 'LEAF_TOO_LARGE',
      path: '',
      reason: `expected at most ${MAX_STIX_BYTES} bytes, got ${stix.length}`,
    }
  const admission = checkAdmission(stix)
  if (!admission.ok)
    return { code: admission.code, path: admission.path, reason: `admission profile 1, ${admission.rule}` }
  const expires = expiryOf(object, request.expires, nowMs)
  return typeof expires === 'number'
    ? { where, stixId: object.id, type: object.type, stix, label, compartment, expires }
    : expires
}

function expiryOf(object: StixObject, asked: string | undefined, nowMs: number): number | Refusal {
  const now = hourOf(nowMs)
  if (asked === undefined)
    return now + 1 + lifetimeDays(object, observablesOf(object).observables) * HOURS_PER_DAY
  const at = Date.parse(asked)
  if (Number.isNaN(at))
    return { code: 'EXPIRES_INVALID', path: '', reason: 'expected an instant such as 2027-01-31T00:00:00Z' }
  if (at <= nowMs)
    return {
      code: 'EXPIRES_IN_PAST',
      path: '',
      reason: 'the expiry lies in the past: the mesh would drop the record at once',
    }
  const expires = Math.ceil(at / 3_600_000)
  if (expires - now > MAX_LIFETIME_HOURS)
    return { code: 'EXPIRES_TOO_FAR', path: '', reason: 'a record lives 3,650 days at most' }
  return expires
}

function placeOf(where: ReadonlyMap<StixObject, string>, id: string): string {
  for (const [object, place] of where) if (object.id === id) return place
  return ''
}
