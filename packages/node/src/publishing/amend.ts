import { equalBytes, isWithin, type TlpLabel } from '@intelmesh/protocol'
import {
  canonicalise,
  compareTimestamps,
  isTlpLabel,
  type JsonObject,
  ownLabel,
  parseTimestamp,
  type StixObject,
} from '@intelmesh/stix'
import type { AmendRequest, PublishResult } from '../publish-api.ts'
import { ApiError } from '../errors.ts'
import type { PublishingParts, Refusal } from './components.ts'
import { isHeld, isStixId, notFound, recordCalled } from './find-records.ts'
import { type Held, heldOf, newestOwn, objectOf } from './own-versions.ts'
import { publishObjects } from './publish-objects.ts'
import { resultOf } from './publish-result.ts'
import { readJsonObject } from './read-object.ts'
import { laterThan } from './value-object.ts'

/**
 * Publishes a new version of an own object, under its label unless another one is asked for.
 *
 * @throws ApiError RECORD_NOT_FOUND, RECORD_NOT_OWN, RECORD_AMBIGUOUS
 */
export async function amend(
  parts: PublishingParts,
  request: AmendRequest,
  clearance: TlpLabel,
): Promise<PublishResult> {
  const held = await heldCalled(parts, request.id, clearance)
  const { text, where, tlp, expires, allow } = request
  const read = readJsonObject(text)
  if ('refusal' in read) return refusing(where, read.refusal)
  const object = nextVersion(read.object, held, parts.clock())
  if ('refusal' in object) return refusing(where, object.refusal)
  const own = ownLabel(object.next, new Map())
  if (tlp === undefined && isTlpLabel(own) && !isWithin(held.tlp, own)) {
    const reason = `it is published as TLP:${held.tlp.toUpperCase()}: say --tlp ${own} to widen it`
    return refusing(where, { code: 'LABEL_WIDER_THAN_BEFORE', path: '', reason })
  }
  return publishObjects(
    parts,
    {
      objects: [{ text: JSON.stringify(object.next), where }],
      tlp: tlp ?? held.tlp,
      ...(expires !== undefined && { expires }),
      ...(allow !== undefined && { allow }),
    },
    { clearance },
  )
}

async function heldCalled(parts: PublishingParts, id: string, clearance: TlpLabel): Promise<Held> {
  const record = isStixId(id) ? undefined : await recordCalled(parts, id, clearance)
  const stixId = record === undefined ? id : record.stixId
  const isOthers = record !== undefined && record.organisation !== parts.organisation()
  const own = stixId === undefined || isOthers ? undefined : await newestOwn(parts, stixId, clearance)
  if (own !== undefined) return heldOf(parts.crypto, own)
  if (isOthers || (await isHeld(parts, id, clearance)))
    throw new ApiError('RECORD_NOT_OWN', 'only the organisation that published a record can change it')
  throw new ApiError('RECORD_NOT_FOUND', notFound(id))
}

/** The object as the version after the one that is held; as that one where nothing differs. */
function nextVersion(
  object: JsonObject,
  held: Held,
  nowMs: number,
): { readonly next: StixObject } | { readonly refusal: Refusal } {
  const before = objectOf(held)
  for (const name of ['id', 'type'] as const) {
    if (object[name] === undefined || object[name] === before[name]) continue
    const reason = `expected ${before[name]}: what is another object is published by itself`
    return { refusal: { code: 'OBJECT_IS_ANOTHER', path: `/${name}`, reason } }
  }
  const { id, type, created, modified } = before
  const next = { ...object, id, type, ...(created !== undefined && { created }) }
  if (modified === undefined) return { next }
  if (isAfter(object['modified'], modified)) return { next }
  const same = { ...next, modified }
  const isSame = equalBytes(canonicalise(same), held.stix)
  return { next: isSame ? same : { ...next, modified: laterThan(before, nowMs) } }
}

/** Whether a property is a time after another. What is no time is left for the validation to name. */
function isAfter(value: JsonObject[string] | undefined, before: JsonObject[string]): boolean {
  if (value === undefined) return false
  const time = typeof value === 'string' ? parseTimestamp(value) : undefined
  const last = typeof before === 'string' ? parseTimestamp(before) : undefined
  return time === undefined || last === undefined || compareTimestamps(time, last) > 0
}

function refusing(where: string, refusal: Refusal): PublishResult {
  const preparation = { prepared: [], refused: [{ where, ...refusal }], notices: [] }
  return { ...resultOf(preparation, []), isAnnounced: true }
}
