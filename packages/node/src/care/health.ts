import type { Healed } from './heal.ts'
import type { Losses } from './lost.ts'

/** What a node knows of the health of its store since it started. */
export interface StoreHealth {
  /** What was done at the start about a damaged store. */
  healed?: Healed
  /** Arrivals that were on disk once and were not there at the start. */
  forgotten: number
  /** What was found to be damaged since. */
  damage?: string
  losses: Losses
  /** Whoever meets damage says so here. */
  report: (reason: string) => void
}

/** Nothing is known to be wrong. */
export function createHealth(): StoreHealth {
  return { forgotten: 0, losses: { missing: 0, own: [] }, report() {} }
}
