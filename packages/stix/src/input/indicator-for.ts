import type { Observable } from '../observable/observable.ts'
import type { StixObject } from '../stix-object.ts'
/** What an indicator is made of. */
export interface IndicatorDraft {
  readonly observable: Observable
  /** ms since the Unix epoch: created, modified, and valid_from unless given. */
  readonly now: number
  /** Lower-case UUID, made by the caller. */
  readonly uuid: string
  readonly description?: string
  readonly confidence?: number
  readonly labels?: readonly string[]
  /** ms since the Unix epoch */
  readonly validFrom?: number
  /** ms since the Unix epoch */
  readonly validUntil?: number
}
export function indicatorFor(_draft: IndicatorDraft): StixObject { throw new Error('stub') }
