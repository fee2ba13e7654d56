import type { TlpLabel } from '@intelmesh/protocol'
import type { RetractRequest, RetractResult } from '../publish-api.ts'
import type { Hex } from '../store/index.ts'
import type { PublishingParts } from './components.ts'
import { dropMarks } from './feed-rounds.ts'
import { findTargets, MAX_RETRACTED } from './retract-targets.ts'
import { takenBackRows } from './taken-back.ts'
import { tombstoneFor } from './tombstone.ts'

/**
 * Takes own records back, each with a tombstone of its own.
 *
 * @throws ApiError ARGUMENT_INVALID, FEED_OVERTAKEN
 * @see docs/spec/records.md, "Retraction"
 */
export async function retractRecords(
  parts: PublishingParts,
  request: RetractRequest,
  clearance: TlpLabel,
): Promise<RetractResult> {
  const { reason, dryRun, feed } = request
  const limit = dryRun === true ? 0 : MAX_RETRACTED
  const targets = await findTargets(parts, request, clearance, limit)
  const { records, refused, left } = targets
  const of = targets.feed && { of: targets.feed.of }
  if (dryRun === true) return { retracted: [], refused, left, ...of }
  // Before the tombstones: what went and may not come again must not come with a run in between.
  const ledger = await takenBackRows(parts.store, records, { reason, nowMs: parts.clock() })
  if (Object.keys(ledger).length > 0) await parts.store.commit({ ledger }, { sync: true })
  const drafts = records.map((record) => tombstoneFor(record, reason))
  const { ids } = await parts.writer.write(drafts, { urgent: true })
  if (feed !== undefined && targets.feed !== undefined) {
    const { over, isOver } = targets.feed
    await parts.store.commit({ ledger: dropMarks(feed.name, over, { isOver }) }, { sync: false })
  }
  const retracted = records.map(({ id, stixId = '' }, i) => ({
    record: id,
    stixId,
    tombstone: ids[i] as Hex,
  }))
  return { retracted, refused, left, ...of }
}
