import { type TlpLabel, toHex } from '@intelmesh/protocol'
import type { CommentRequest, PublishResult } from '../publish-api.ts'
import { ApiError } from '../errors.ts'
import { labelOfObject } from './comment-label.ts'
import { commentObject } from './comment-objects.ts'
import type { PublishingParts } from './components.ts'
import { isStixId, notFound, recordCalled, recordsNaming } from './find-records.ts'
import { publishObjects } from './publish-objects.ts'

/** Objects that one comment on a value is about, a comment each. */
const MAX_TARGETS = 50

interface Target {
  readonly stixId: string
  readonly label: TlpLabel
}

/**
 * Publishes a sighting, an opinion or a note about each object that the target stands for.
 *
 * @throws ApiError RECORD_NOT_FOUND, RECORD_AMBIGUOUS, ARGUMENT_INVALID
 */
export async function comment(
  parts: PublishingParts,
  request: CommentRequest,
  clearance: TlpLabel,
): Promise<PublishResult> {
  const targets = await targetsOf(parts, request.target, clearance)
  const results: PublishResult[] = []
  for (const [label, alike] of Map.groupBy(targets, (target) => target.label)) {
    const objects = alike.map(({ stixId: about }) => {
      const origin = { about, nowMs: parts.clock(), uuid: randomUuid(parts.random(16)) }
      return { text: JSON.stringify(commentObject(request, origin)), where: about }
    })
    const { allow } = request
    const publishing = { objects, tlp: request.tlp ?? label, ...(allow !== undefined && { allow }) }
    results.push(await publishObjects(parts, publishing, { clearance, commentLabel: label }))
  }
  return merged(results)
}

/** Record id first, then STIX id, then value. The same answer for what is not here and for what who asks may not see. */
async function targetsOf(
  parts: PublishingParts,
  target: string,
  clearance: TlpLabel,
): Promise<readonly Target[]> {
  const record = await recordCalled(parts, target, clearance)
  if (record?.stixId !== undefined) return [{ stixId: record.stixId, label: record.tlp }]
  const stixIds = isStixId(target) ? [target] : await stixIdsNaming(parts, target, clearance)
  const targets: Target[] = []
  for (const stixId of stixIds) {
    const label = await labelOfObject(parts.store, stixId, clearance)
    if (label !== undefined) targets.push({ stixId, label })
  }
  if (targets.length === 0) throw new ApiError('RECORD_NOT_FOUND', notFound(target))
  return targets
}

async function stixIdsNaming(
  parts: PublishingParts,
  value: string,
  clearance: TlpLabel,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for await (const { stixId } of recordsNaming(parts, value, { clearance })) {
    if (stixId !== undefined) ids.add(stixId)
    if (ids.size > MAX_TARGETS)
      throw new ApiError(
        'ARGUMENT_INVALID',
        `more than ${MAX_TARGETS} objects name ${value}, and one comment is about no more: name the record`,
      )
  }
  return ids
}

function merged(results: readonly PublishResult[]): PublishResult {
  return {
    published: results.flatMap(({ published }) => published),
    unchanged: results.flatMap(({ unchanged }) => unchanged),
    held: results.flatMap(({ held }) => held),
    overridden: results.flatMap(({ overridden }) => overridden),
    refused: results.flatMap(({ refused }) => refused),
    notices: results.flatMap(({ notices }) => notices),
    isAnnounced: results.every(({ isAnnounced }) => isAnnounced),
  }
}

/** A UUID of version 4 of 16 random bytes. @see RFC 9562 section 5.4 */
function randomUuid(random: Uint8Array): string {
  const bytes = random.slice(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
