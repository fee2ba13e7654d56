import type { JsonObject } from './json/json-value.ts'
import type { StixObject } from './stix-object.ts'
/** @param uuid lower-case version-4 UUID of the bundle, made by the caller */
export function bundleOf(_objects: readonly StixObject[], _uuid: string): JsonObject { throw new Error('stub') }
