import { isJsonObject } from '../json/json-value.ts'
import type { JsonObject } from '../json/json-value.ts'
import type { StixObject } from '../stix-object.ts'

/** Key of the extension by which a sighting says that what it is about was seen where it does no harm. */
export const NEGATIVE_SIGHTING: string = 'extension-definition--55cbe373-85bc-4614-8030-7b44a0338a3b'

/** The extension as a negative sighting carries it, under {@link NEGATIVE_SIGHTING}. */
export const NEGATIVE_SIGHTING_EXTENSION: JsonObject = {
  extension_type: 'property-extension',
  negative: true,
}

/**
 * Whether an object is a sighting that calls what it is about a false positive. False for anything else, whatever its shape.
 *
 * @see docs/spec/stix.md, "Negative sightings"
 */
export function isNegativeSighting(object: StixObject): boolean {
  const { type, extensions } = object
  if (type !== 'sighting' || !isJsonObject(extensions) || !Object.hasOwn(extensions, NEGATIVE_SIGHTING))
    return false
  const extension = extensions[NEGATIVE_SIGHTING]
  return isJsonObject(extension) && extension['negative'] === true
}
