import { equalBytes, isWithin } from '@intelmesh/protocol'
import { compareTimestamps, parseTimestamp, type StixObject, type Timestamp } from '@intelmesh/stix'
import { hourOf } from '../admission/index.ts'
import type { Refusal } from './components.ts'
import { type Held, objectOf } from './own-versions.ts'
import type { Prepared } from './prepare.ts'
import { sealObject } from './seal-object.ts'
import { nextValue } from './value-object.ts'

/** What becomes of one object. */
export type Plan =
  | { readonly as: 'new' | 'version' | 'renewal'; readonly stix: Uint8Array }
  | { readonly as: 'unchanged' }
  | { readonly as: 'refused'; readonly refusal: Refusal }

/** Part of its life that a record has to have before it for it to be left as it is. */
const ENOUGH_LIFE = 1 / 4

/**
 * Compares an object with the version of it that is held.
 *
 * @see docs/spec/records.md, "Publishing"
 */
export function planObject(item: Prepared, held: Held | undefined, nowMs: number): Plan {
  if (held === undefined) return { as: 'new', stix: item.stix }
  if (!item.isValue)
    return equalBytes(item.stix, held.stix) ? planSame(item, held, nowMs) : planOther(item, held)
  const next = nextValue(item.object, held, nowMs)
  if (next === undefined) return planSame(item, held, nowMs)
  const sealed = sealObject(next)
  if ('refusal' in sealed) return { as: 'refused', refusal: sealed.refusal }
  return { as: linked(item, held), stix: sealed.stix }
}

/** Whether a record may name the one that it replaces: who may have the one may know of the other. */
export function mayName(item: Pick<Prepared, 'label'>, held: Held): boolean {
  return isWithin(held.tlp, item.label)
}

function planSame(item: Prepared, held: Held, nowMs: number): Plan {
  if (held.tlp !== item.label) return { as: linked(item, held), stix: held.stix }
  const now = hourOf(nowMs)
  const isLong = held.expires - now > (item.expires - now) * ENOUGH_LIFE
  return isLong ? { as: 'unchanged' } : { as: 'renewal', stix: held.stix }
}

function planOther(item: Prepared, held: Held): Plan {
  const before = modifiedOf(objectOf(held))
  const now = modifiedOf(item.object)
  if (before === undefined || now === undefined)
    return refused('OBJECT_MODIFIED_SAME', 'an object of this type has no versions: take it back first')
  const order = compareTimestamps(now, before)
  if (order > 0) return { as: linked(item, held), stix: item.stix }
  return order === 0
    ? refused('OBJECT_MODIFIED_SAME', 'it differs from what is published: give it a newer modified')
    : refused('OBJECT_OLDER', 'a newer version is published')
}

function linked(item: Prepared, held: Held): 'new' | 'version' {
  return mayName(item, held) ? 'version' : 'new'
}

function modifiedOf({ modified }: StixObject): Timestamp | undefined {
  return typeof modified === 'string' ? parseTimestamp(modified) : undefined
}

function refused(code: string, reason: string): Plan {
  return { as: 'refused', refusal: { code, path: '/modified', reason } }
}
