import { isJsonList, isJsonObject } from '../json/json-value.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { StixObject } from '../stix-object.ts'
import { fixedMarkings } from './fixed-markings.ts'
import { isLabelText, readLabelText, readMarking } from './read-marking.ts'
import { isTlpLabel, narrowest } from './tlp-label.ts'
import type { TlpLabel } from './tlp-label.ts'

/** A marking that nobody here can read: the object must not be released. `path` is a JSON Pointer. */
export interface UnknownMarking {
  readonly unknownMarking: string
  readonly path: string
}

/**
 * The label an object carries itself: the narrowest of its object markings, its granular markings (which
 * count for the whole object) and `tlp:…` among its `labels`. Undefined if it carries none.
 *
 * @param markingsById marking-definitions of the same input, consulted for ids without a fixed meaning
 * @see docs/spec/stix.md, "TLP"
 */
export function ownLabel(
  object: StixObject,
  markingsById: ReadonlyMap<string, StixObject>,
): TlpLabel | UnknownMarking | undefined {
  const found: TlpLabel[] = []
  for (const { text, path, isId } of claims(object)) {
    const reading = isId ? readId(text, markingsById) : readLabelText(text)
    if (reading === 'unknown') return { unknownMarking: typeof text === 'string' ? text : typeof text, path }
    if (isTlpLabel(reading)) found.push(reading)
  }
  return narrowest(found)
}

interface Claim {
  readonly text: JsonValue | undefined
  readonly path: string
  readonly isId: boolean
}

/** Labels of the TLP taxonomy that add to a label and are none. */
const ADDITIONS: ReadonlySet<string> = new Set(['tlp:ex:chr'])

function claims(object: StixObject): readonly Claim[] {
  return [...objectClaims(object['object_marking_refs']), ...granularClaims(object), ...labelClaims(object)]
}

function objectClaims(refs: JsonValue | undefined): readonly Claim[] {
  if (refs === undefined) return []
  const path = '/object_marking_refs'
  if (!isJsonList(refs)) return [{ text: refs, path, isId: true }]
  return refs.map((text, i) => ({ text, path: `${path}/${i}`, isId: true }))
}

function granularClaims(object: StixObject): readonly Claim[] {
  const markings = object['granular_markings']
  if (markings === undefined) return []
  const path = '/granular_markings'
  if (!isJsonList(markings)) return [{ text: markings, path, isId: true }]
  return markings.flatMap((marking, i) => {
    if (isJsonObject(marking) && marking['marking_ref'] === undefined && typeof marking['lang'] === 'string')
      return []
    const text = isJsonObject(marking) ? marking['marking_ref'] : undefined
    return [{ text, path: `${path}/${i}/marking_ref`, isId: true }]
  })
}

function labelClaims(object: StixObject): readonly Claim[] {
  const labels = object['labels']
  if (!isJsonList(labels)) return []
  return labels.flatMap((text, i) => {
    if (typeof text !== 'string' || !isLabelText(text) || ADDITIONS.has(text.trim().toLowerCase())) return []
    return [{ text, path: `/labels/${i}`, isId: false }]
  })
}

function readId(id: JsonValue | undefined, markingsById: ReadonlyMap<string, StixObject>) {
  if (typeof id !== 'string') return 'unknown'
  const fixed = fixedMarkings.get(id)
  if (fixed !== undefined) return fixed.label
  const marking = markingsById.get(id)
  return marking === undefined ? 'unknown' : readMarking(marking)
}
