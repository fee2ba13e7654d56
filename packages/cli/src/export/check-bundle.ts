import {
  canonicalise,
  fixedMarkings,
  isJsonList,
  isJsonObject,
  type JsonValue,
  parseJson,
  type StixObject,
} from '@intelmesh/stix'
import { labelledObject } from './labelled-object.ts'
import type { VerifiedItem } from './verify-item.ts'

/** An object of a bundle for which no proof stands. `record` is its STIX id. */
export interface UnprovenObject {
  readonly record: string
  readonly code: 'PROOF_MISSING'
  readonly reason: string
}

/**
 * The objects of a bundle that are none of the verified ones, as an export shows those. The fixed TLP markings need no proof.
 *
 * @throws StixError when the text is not strict JSON
 */
export function checkBundle(text: string, verified: readonly VerifiedItem[]): readonly UnprovenObject[] {
  const proven = new Set(
    verified.map(({ stix, tlp }) => textOf(labelledObject(parse(stix) as StixObject, tlp))),
  )
  return objectsIn(parse(text)).flatMap((object) => {
    if (proven.has(textOf(object)) || isFixedMarking(object)) return []
    const id =
      isJsonObject(object) && typeof object['id'] === 'string' ? object['id'] : 'an object without id'
    return [
      {
        record: id,
        code: 'PROOF_MISSING',
        reason: 'no record in the proof file holds this object as it is here',
      },
    ]
  })
}

function objectsIn(bundle: JsonValue): readonly JsonValue[] {
  if (!isJsonObject(bundle) || bundle['type'] !== 'bundle') return [bundle]
  const objects = bundle['objects'] ?? []
  return isJsonList(objects) ? objects : [objects]
}

function isFixedMarking(object: JsonValue): boolean {
  if (!isJsonObject(object) || typeof object['id'] !== 'string') return false
  const fixed = fixedMarkings.get(object['id'])
  return fixed !== undefined && textOf(fixed.object) === textOf(object)
}

function parse(text: string): JsonValue {
  return parseJson(new TextEncoder().encode(text))
}

function textOf(value: JsonValue): string {
  return new TextDecoder().decode(canonicalise(value))
}
