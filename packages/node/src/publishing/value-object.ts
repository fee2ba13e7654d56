import {
  canonicalise,
  formatTimestamp,
  type JsonObject,
  parseTimestamp,
  type StixObject,
} from '@intelmesh/stix'
import { equalBytes } from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'
import { type Held, objectOf } from './own-versions.ts'
import { uuid5 } from './uuid5.ts'

/** Namespace of the ids of plain values. @see docs/spec/stix.md, "Ids of plain values" */
const VALUE_NAMESPACE = '32802169-6a3d-404f-a4b8-12e91599feb8'

/** Whose value it is, and when. */
export interface ValueOrigin {
  readonly organisation: Hex
  readonly feed: string | undefined
  readonly nowMs: number
}

/**
 * The indicator that a value of a plain list is: its id follows from organisation, feed and pattern, its times are those of the
 * node. Undefined for an object that has no pattern.
 */
export function valueObject(
  object: StixObject,
  { organisation, feed, nowMs }: ValueOrigin,
): StixObject | undefined {
  const { type, pattern, created, valid_from: validFrom } = object
  if (type !== 'indicator' || typeof pattern !== 'string') return undefined
  const now = formatTimestamp(nowMs)
  return {
    ...object,
    id: `indicator--${uuid5(VALUE_NAMESPACE, `${organisation}/${feed ?? ''}/${pattern}`)}`,
    created: now,
    modified: now,
    ...(validFrom === created && { valid_from: now }),
  }
}

/**
 * The next version of a value that is held: undefined if all of it but the times is as it was.
 *
 * @param object what {@link valueObject} gave
 */
export function nextValue(object: StixObject, held: Held, nowMs: number): StixObject | undefined {
  const before = objectOf(held)
  const isDefaulted = object['valid_from'] === object['created']
  const times = ['created', 'modified', ...(isDefaulted ? ['valid_from'] : [])]
  const same: StixObject = { ...object, ...pick(before, times) }
  if (equalBytes(canonicalise(same), held.stix)) return undefined
  return { ...same, modified: laterThan(before, nowMs) }
}

/** `modified` of the version after `before`: now, but later than it in any case. */
export function laterThan(before: StixObject, nowMs: number): string {
  const last = typeof before['modified'] === 'string' ? parseTimestamp(before['modified'])?.ms : undefined
  return formatTimestamp(Math.max(nowMs, (last ?? -1) + 1))
}

function pick(object: StixObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = object[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}
