import { canonicalText } from '../json/canonicalise.ts'
import type { StixObject } from '../stix-object.ts'
import { fixedMarkings } from './fixed-markings.ts'
import { ownLabel } from './own-label.ts'
import { isNarrower, isTlpLabel } from './tlp-label.ts'
import type { TlpLabel } from './tlp-label.ts'

/** An object and the label it is published under. */
export interface Marked {
  readonly object: StixObject
  readonly label: TlpLabel
}

/** An object that must not be published, and why. */
export interface MarkingRefusal {
  readonly object: StixObject
  readonly code: 'TLP_ABOVE_CEILING' | 'TLP_MARKING_UNKNOWN'
  readonly path: string
  readonly rule: string
}

/** A marking-definition left out, because its id has a fixed meaning; `REDEFINED` if the copy differs from it. */
export interface MarkingNotice {
  readonly id: string
  readonly code: 'TLP_MARKING_REDEFINED' | 'TLP_MARKING_BUILT_IN'
}

/** What {@link resolveLabels} decided. Every object is in `marked`, in `refused`, or named by a notice. */
export interface Resolution {
  readonly marked: readonly Marked[]
  readonly refused: readonly MarkingRefusal[]
  readonly notices: readonly MarkingNotice[]
}

/**
 * Decides the label of each object of one input published under `ceiling`. An object without a label of its
 * own takes the ceiling; one whose label is narrower than the ceiling, or unreadable, is refused; one with
 * the same or a wider label keeps its own.
 *
 * @see docs/spec/stix.md, "TLP"
 */
export function resolveLabels(objects: readonly StixObject[], ceiling: TlpLabel): Resolution {
  if (!isTlpLabel(ceiling)) throw new TypeError('the ceiling is one of the five TLP labels')
  const markingsById = markingsIn(objects)
  const marked: Marked[] = []
  const refused: MarkingRefusal[] = []
  const notices: MarkingNotice[] = []
  for (const object of objects) {
    const fixed = isMarking(object) ? fixedMarkings.get(object.id) : undefined
    if (fixed !== undefined) {
      notices.push({ id: object.id, code: noticeOn(object, fixed.object) })
      continue
    }
    const label = ownLabel(object, markingsById)
    if (label === undefined) marked.push({ object, label: ceiling })
    else if (!isTlpLabel(label)) refused.push(refusal(object, 'TLP_MARKING_UNKNOWN', label.path))
    else if (isNarrower(label, ceiling))
      refused.push(refusal(object, 'TLP_ABOVE_CEILING', '/object_marking_refs'))
    else marked.push({ object, label })
  }
  return { marked, refused, notices }
}

/** Marking-definitions by id. An id with two meanings has none, so that no copy can widen another. */
function markingsIn(objects: readonly StixObject[]): ReadonlyMap<string, StixObject> {
  const found = new Map<string, StixObject>()
  const disputed = new Set<string>()
  for (const object of objects.filter(isMarking)) {
    const other = found.get(object.id)
    if (other !== undefined && canonicalText(other) !== canonicalText(object)) disputed.add(object.id)
    found.set(object.id, object)
  }
  for (const id of disputed) found.delete(id)
  return found
}

function isMarking(object: StixObject): boolean {
  return object.type === 'marking-definition'
}

function noticeOn(copy: StixObject, fixed: StixObject): MarkingNotice['code'] {
  return canonicalText(copy) === canonicalText(fixed) ? 'TLP_MARKING_BUILT_IN' : 'TLP_MARKING_REDEFINED'
}

function refusal(object: StixObject, code: MarkingRefusal['code'], path: string): MarkingRefusal {
  return { object, code, path, rule: code === 'TLP_ABOVE_CEILING' ? 'FIRST TLP 2.0 §1h' : 'STIX 2.1 §7.2' }
}
