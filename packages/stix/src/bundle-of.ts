import { isUuid } from './identifier.ts'
import type { JsonObject } from './json/json-value.ts'
import type { StixObject } from './stix-object.ts'

/**
 * Wraps objects in a bundle, untouched and in order. A bundle of none has no `objects`, as the standard wants.
 *
 * @param uuid lower-case version-4 UUID of the bundle, made by the caller
 * @see STIX 2.1 §8
 */
export function bundleOf(objects: readonly StixObject[], uuid: string): JsonObject {
  if (!isUuid(uuid)) throw new TypeError('a bundle needs a UUID in lower case')
  const bundle = { type: 'bundle', id: `bundle--${uuid}` }
  return objects.length === 0 ? bundle : { ...bundle, objects }
}
