import {
  isJsonList,
  type JsonObject,
  type JsonValue,
  markingFor,
  ownLabel,
  type StixObject,
  type TlpLabel,
} from '@intelmesh/stix'

/**
 * An object as an export shows it: with a reference to the marking of the label under which it travelled, unless it carries
 * a label itself. An object without any would be taken for free to go anywhere by whoever gets the file.
 */
export function labelledObject(object: StixObject, label: TlpLabel): StixObject {
  if (carriesLabel(object)) return object
  const refs: JsonValue = object['object_marking_refs'] ?? []
  const marking = markingFor(label).id
  return {
    ...object,
    object_marking_refs: isJsonList(refs) ? [...refs, marking] : [marking],
  } satisfies JsonObject
}

/** A reference that only the sender's other objects explain is no label that a reader could rely on. */
function carriesLabel(object: StixObject): boolean {
  const own = ownLabel(object, new Map())
  return typeof own === 'string'
}
