import type { LookupRelation, Observable } from '@intelmesh/stix'

/** Something in a line that is known, or lies under something known. */
export interface Match {
  /** As it stands in the line, in normal form. */
  readonly found: Observable
  /** What is known. */
  readonly known: Observable
  /** How what is known relates to what was found. */
  readonly relation: LookupRelation
}

/** Takes a match. */
export type Report = (match: Match) => void
