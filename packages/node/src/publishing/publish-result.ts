import type { GateFinding } from '@intelmesh/gate'
import type { HeldBack, PublishResult } from '../publish-api.ts'
import type { Refusal } from './components.ts'
import type { Preparation, Prepared } from './prepare.ts'

/** What came of one object. `record` is empty in a dry run. */
export type Outcome =
  | {
      readonly as: 'new' | 'version' | 'renewal'
      readonly record: string
      readonly overridden: readonly GateFinding[]
      readonly again?: string
    }
  | { readonly as: 'unchanged'; readonly record: string }
  | { readonly as: 'held'; readonly findings: readonly GateFinding[] }
  | { readonly as: 'refused'; readonly refusal: Refusal }

/** The outcomes in the order of the request: what was told twice is unchanged the second time, or refused again. */
export function outcomesIn(
  prepared: readonly Prepared[],
  outcomes: ReadonlyMap<Prepared, Outcome>,
  twins: ReadonlyMap<Prepared, Prepared>,
): readonly (readonly [Prepared, Outcome])[] {
  return prepared.map((item) => {
    const first = twins.get(item)
    const outcome = outcomes.get(first ?? item) as Outcome
    const isTwice = first !== undefined && 'record' in outcome
    return [item, isTwice ? { as: 'unchanged', record: outcome.record } : outcome]
  })
}

/** The answer to a request. */
export function resultOf(
  { refused, notices }: Preparation,
  outcomes: readonly (readonly [Prepared, Outcome])[],
): Omit<PublishResult, 'isAnnounced'> {
  const result = {
    published: [] as PublishResult['published'][number][],
    unchanged: [] as PublishResult['unchanged'][number][],
    held: [] as HeldBack[],
    overridden: [] as HeldBack[],
    refused: [...refused],
    notices: [...notices],
  }
  for (const [{ where, stixId, type }, outcome] of outcomes) {
    if (outcome.as === 'refused') result.refused.push({ where, stixId, ...outcome.refusal })
    else if (outcome.as === 'unchanged') result.unchanged.push({ record: outcome.record, stixId, where })
    else if (outcome.as === 'held')
      result.held.push(...outcome.findings.map((finding) => ({ ...finding, where, stixId })))
    else {
      const { as, record, overridden, again } = outcome
      result.published.push({ record, stixId, type, where, as })
      result.overridden.push(...overridden.map((finding) => ({ ...finding, where, stixId })))
      if (again !== undefined)
        result.notices.push({
          where,
          code: 'OBJECT_TAKEN_BACK',
          text: `${stixId} was taken back as ${again}, and is let through again`,
        })
    }
  }
  return result
}
