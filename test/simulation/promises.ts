import type { Hex } from '../../packages/node/src/store/index.ts'
import type { Running } from './node.ts'

/** What nodes promised in a run, written down as they did. */
export interface Promises {
  /** Ids of records whose publishing returned, by the name of the node at which it did. */
  readonly acknowledged: Map<string, Set<Hex>>
  /** How many records the listeners of a process were told of. */
  readonly told: Map<Running, number>
  /** What the ACO did last about a key, once that returned. */
  readonly acts: Map<Hex, 'revoke' | 'suspend' | 'reinstate'>
  /** The latest that any clock has shown: whole hours since the Unix epoch. */
  latestHour: number
}

export function createPromises(): Promises {
  return { acknowledged: new Map(), told: new Map(), acts: new Map(), latestHour: 0 }
}
