import type { Observable } from '../observable/observable.ts'
import type { StixObject } from '../stix-object.ts'
import { indicatorFor } from './indicator-for.ts'
import type { IndicatorDraft } from './indicator-for.ts'

/** What indicators made of plain values need and values do not tell. */
export interface IndicatorSource {
  /** ms since the Unix epoch: when the indicators are made. */
  readonly now: number
  /** Makes one lower-case version-4 UUID per call. */
  readonly uuid: () => string
}

/** Makes an indicator for one value of a file. */
export function indicatorFrom(
  { now, uuid }: IndicatorSource,
  observable: Observable,
  details: Omit<IndicatorDraft, 'observable' | 'now' | 'uuid'> = {},
): StixObject {
  return indicatorFor({ observable, now, uuid: uuid(), ...details })
}
