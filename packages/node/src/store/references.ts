import type { StixObject } from '@intelmesh/stix'

/** References indexed of one record: a hundred times what people write, and no record fills the index by itself. */
export const MAX_REFERENCES = 100

/**
 * The STIX ids that a sighting, an opinion or a note is about, each once, the first {@link MAX_REFERENCES}; none of other
 * objects, whose references say what they consist of.
 *
 * @see STIX 2.1 sections 4.13, 4.15 and 5.2
 */
export function referencesOf(object: StixObject): readonly string[] {
  const property = Object.hasOwn(REFERRING, object.type) ? REFERRING[object.type] : undefined
  if (property === undefined) return []
  const found = [object[property]].flat().filter((id) => typeof id === 'string' && id.length <= MAX_ID)
  return [...new Set(found as string[])].slice(0, MAX_REFERENCES)
}

/** Types of objects that are about others, and the property that names those. */
export const REFERRING: Readonly<Record<string, string>> = {
  sighting: 'sighting_of_ref',
  opinion: 'object_refs',
  note: 'object_refs',
}

/** A type of 250 letters, two hyphens and a UUID. */
const MAX_ID = 288
