import { isWithin, type TlpLabel } from '@intelmesh/protocol'
import { type GateFinding, isAllowed } from '@intelmesh/gate'
import type { StixObject } from '@intelmesh/stix'
import { isComment } from './comment-label.ts'
import type { PublishingParts, Refusal } from './components.ts'
import type { FeedMark } from './feed-rounds.ts'
import { type Held, heldOf, newestOwn } from './own-versions.ts'
import { type Plan, planObject } from './plan.ts'
import type { Prepared } from './prepare.ts'
import { isAllowedAgain, takenBackOf } from './taken-back.ts'

/** What is to be done with one object. */
export type Judgement =
  | (Extract<Plan, { stix: Uint8Array }> & {
      readonly held: Held | undefined
      readonly overridden: readonly GateFinding[]
      /** Why it was taken back before, where an override brings it again. */
      readonly again?: string
    })
  | { readonly as: 'unchanged'; readonly record: string }
  | { readonly as: 'held'; readonly findings: readonly GateFinding[] }
  | { readonly as: 'refused'; readonly refusal: Refusal }

export interface JudgingContext {
  readonly clearance: TlpLabel
  readonly allow: readonly string[]
  /** Round of the feed that is published into. */
  readonly round: string | undefined
  /** The widest label that a comment may bear. */
  readonly commentLabel: (object: StixObject) => Promise<TlpLabel>
  /** What a dry run has planned so far, by STIX id. */
  readonly planned: ReadonlyMap<string, Held>
  readonly nowMs: number
}

/** An object, and the place that it has in the feed. */
export interface Candidate {
  readonly item: Prepared
  readonly mark: FeedMark | undefined
}

/** Decides about an object that is valid. Reads, and changes nothing. */
export async function judgeObject(
  parts: PublishingParts,
  { item, mark }: Candidate,
  context: JudgingContext,
): Promise<Judgement> {
  const { clearance, allow } = context
  if (!isWithin(item.label, clearance))
    return refuse('LEAF_ABOVE_CLEARANCE', 'the label is narrower than the clearance of who publishes it')
  const floor = isComment(item.object) ? await context.commentLabel(item.object) : 'clear'
  if (!isWithin(floor, item.label))
    return refuse(
      'LABEL_WIDER_THAN_TARGET',
      `it refers to what is TLP:${floor.toUpperCase()}: use --tlp ${floor}`,
    )
  const findings = parts.gate.checkObject(item.object)
  const stopping = findings.filter((finding) => !isAllowed(finding, allow))
  if (stopping.length > 0) return { as: 'held', findings: stopping }
  const held = await heldBefore(parts, item, context)
  const again = held === undefined ? await takenBackOf(parts.store, item, clearance) : undefined
  if (again !== undefined && !isAllowedAgain(item.object, allow))
    return refuse(
      'OBJECT_TAKEN_BACK',
      `it was taken back as ${again.reason} on ${again.at.slice(0, 10)}: --allow ${item.stixId}, its value, or taken-back brings it again`,
    )
  // A list that tells a value twice, each time with other words, must not make a version of it with every run.
  if (held !== undefined && item.isValue && mark !== undefined && mark.round === context.round)
    return { as: 'unchanged', record: held.id }
  const plan = planObject(item, held, context.nowMs)
  if (plan.as === 'refused') return plan
  if (plan.as === 'unchanged') return { as: 'unchanged', record: held?.id ?? '' }
  return { ...plan, held, overridden: findings, ...(again && { again: again.reason }) }
}

async function heldBefore(
  parts: PublishingParts,
  { stixId }: Prepared,
  { planned, clearance }: JudgingContext,
): Promise<Held | undefined> {
  const known = planned.get(stixId)
  if (known !== undefined) return known
  const record = await newestOwn(parts, stixId, clearance)
  return record && heldOf(parts.crypto, record)
}

function refuse(code: string, reason: string): Judgement {
  return { as: 'refused', refusal: { code, path: '', reason } }
}
