import { fromHex, isWithin, type TlpLabel } from '@intelmesh/protocol'
import type { PublishRequest, PublishResult } from '../publish-api.ts'
import type { Draft } from './chain-writer.ts'
import { commentLabels } from './comment-label.ts'
import type { PublishingParts } from './components.ts'
import type { Named } from './feed-rounds.ts'
import { type FeedRun, openFeedRun } from './feed-run.ts'
import { type Judgement, type JudgingContext, judgeObject } from './judge-object.ts'
import { type Held, ownVersions } from './own-versions.ts'
import { mayName } from './plan.ts'
import { type Prepared, prepareObjects } from './prepare.ts'
import { outcomesIn, type Outcome, resultOf } from './publish-result.ts'
import { tombstoneFor } from './tombstone.ts'
import { wavesOf } from './waves.ts'

export interface PublishOptions {
  /** The highest label that who publishes may see. */
  readonly clearance: TlpLabel
  /** The widest label that a comment may bear. @default that of what it refers to */
  readonly commentLabel?: TlpLabel
}

/** Objects that are judged, noted in their feed, and published together. */
const STEP = 512

/**
 * Publishes what is new of a request, and says of each object what came of it.
 *
 * @throws ApiError ARGUMENT_INVALID, FEED_OVERTAKEN
 * @see docs/spec/records.md, "Publishing"
 */
export async function publishObjects(
  parts: PublishingParts,
  request: PublishRequest,
  { clearance, commentLabel: widest }: PublishOptions,
): Promise<PublishResult> {
  const nowMs = parts.clock()
  const feed = await openFeedRun(parts.store, request, nowMs)
  const preparation = prepareObjects(request, { nowMs, organisation: parts.organisation() })
  const { prepared, refused } = preparation
  const planned = new Map<string, Held>()
  const context: JudgingContext = {
    clearance,
    allow: [...(request.allow ?? []), ...parts.allow()],
    round: feed.round,
    commentLabel: widest === undefined ? commentLabels(parts, prepared, clearance) : async () => widest,
    planned,
    nowMs,
  }
  const run: Run = { parts, request, context, feed, planned }
  // What is refused by itself keeps the place that it has in its feed.
  const refusedIds = refused.flatMap(({ stixId }) => stixId ?? [])
  if (refusedIds.length > 0 || prepared.length === 0) {
    const named = refusedIds.map((stixId) => ({ stixId }))
    await feed.note(named, await feed.places(refusedIds), { sync: prepared.length === 0 })
  }
  const { waves, twins } = wavesOf(parts.crypto, prepared)
  const outcomes = new Map<Prepared, Outcome>()
  let isAnnounced = true
  for (const wave of waves)
    for (let at = 0; at < wave.length; at += STEP)
      isAnnounced = (await publishStep(run, wave.slice(at, at + STEP), outcomes)) && isAnnounced
  return { ...resultOf(preparation, outcomesIn(prepared, outcomes, twins)), isAnnounced }
}

interface Run {
  readonly parts: PublishingParts
  readonly request: PublishRequest
  readonly context: JudgingContext
  readonly feed: FeedRun
  readonly planned: Map<string, Held>
}

type Publishable = Extract<Judgement, { readonly stix: Uint8Array }>

/** Judges some objects, none twice, notes them in their feed, and publishes. Gives whether there was a mesh to send them to. */
async function publishStep(
  run: Run,
  items: readonly Prepared[],
  outcomes: Map<Prepared, Outcome>,
): Promise<boolean> {
  const { parts, context, feed } = run
  const places = await feed.places(items.map(({ stixId }) => stixId))
  const judgements = await Promise.all(
    items.map((item) => judgeObject(parts, { item, mark: places.get(item.stixId) }, context)),
  )
  const named = items.map((item, i) => namedBy(item, judgements[i] as Judgement))
  // On disk before anything is published: what a feed does not know of, it could not take back.
  await feed.note(named, places, { sync: true })
  const publishing: (readonly [Prepared, Publishable])[] = []
  items.forEach((item, i) => {
    const judgement = judgements[i] as Judgement
    if ('stix' in judgement) publishing.push([item, judgement])
    else outcomes.set(item, judgement)
  })
  const { ids, isAnnounced } =
    run.request.dryRun === true ? planOnly(run, publishing) : await publishNow(run, publishing)
  publishing.forEach(([item, judgement], i) => {
    outcomes.set(item, { ...judgement, record: ids[i] ?? '' })
  })
  return isAnnounced
}

/** Everything that a run names keeps its place in the feed, whatever comes of it; only what was taken back loses it. */
function namedBy({ stixId, label }: Prepared, judgement: Judgement): Named {
  if (judgement.as === 'held') return { stixId }
  if (judgement.as !== 'refused') return { stixId, label }
  return { stixId, isGone: judgement.refusal.code === 'OBJECT_TAKEN_BACK' }
}

function planOnly(
  { planned }: Run,
  publishing: readonly (readonly [Prepared, Publishable])[],
): { readonly ids: readonly string[]; readonly isAnnounced: boolean } {
  for (const [{ stixId, label, expires }, { stix }] of publishing)
    planned.set(stixId, { id: '', tlp: label, expires, stix })
  return { ids: [], isAnnounced: true }
}

async function publishNow(
  { parts, request, context }: Run,
  publishing: readonly (readonly [Prepared, Publishable])[],
): Promise<{ readonly ids: readonly string[]; readonly isAnnounced: boolean }> {
  // First what gets narrower leaves where it was too wide. A run that breaks off in between is mended by the next one.
  const before = publishing.filter(([, { held }]) => held !== undefined)
  const wider = await Promise.all(before.map(([item]) => widerThan(parts, item, context.clearance)))
  await parts.writer.write(wider.flat(), { urgent: true })
  const drafts = publishing.map(([item, judgement]) => draftOf(item, judgement, request.channel))
  return parts.writer.write(drafts, { urgent: false })
}

/** Tombstones for the versions of an object that were published under wider labels than it has now. */
async function widerThan(
  parts: PublishingParts,
  { stixId, label }: Prepared,
  clearance: TlpLabel,
): Promise<readonly Draft[]> {
  const versions = await ownVersions(parts, stixId, clearance)
  return versions
    .filter(({ tlp }) => !isWithin(label, tlp))
    .map((record) => tombstoneFor(record, 'superseded'))
}

/** A later version names the one that it replaces, and the first of them all, unless who gets it may not know of them. */
function draftOf(item: Prepared, { stix, held }: Publishable, channel: string | undefined): Draft {
  const { label, compartment, expires } = item
  const links =
    held === undefined || !mayName(item, held)
      ? {}
      : { lineage: held.lineage ?? fromHex(held.id), supersedes: [fromHex(held.id)] }
  return {
    body: { kind: 'stix', stix, ...links },
    label,
    compartment,
    expires,
    ...(channel !== undefined && { channel }),
  }
}
