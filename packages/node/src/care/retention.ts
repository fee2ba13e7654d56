import type { SyncSet } from '@intelmesh/protocol'
import type { Store } from '../store/index.ts'

/** How long a node keeps the records of a compartment, or those of one STIX type in it. */
export interface RetentionRule {
  readonly compartment: 'clear' | 'green'
  /** Every type, where there is none. */
  readonly type?: string
  readonly days: number
}

/** Local retention: what a node keeps of records that have not expired. Control and tombstones it never cuts. */
export interface Retention {
  /**
   * The first hour of a set from which on this node keeps all of it, 0 without retention: sets are compared from the later floor of
   * both sides on. A rule for one type raises the floor of its whole compartment, since nothing tells the ids of one type from others.
   */
  readonly floorOf: (set: SyncSet) => number
  /** Takes out what lies below the floors, in batches. */
  readonly sweep: (signal: AbortSignal) => Promise<number>
}

/**
 * Retention by rules, as of the hour to which expired records were swept: two nodes with one rule and one hour have one floor.
 *
 * @see docs/spec/life.md, "Retention"
 */
export function createRetention(
  { store, asOf }: { readonly store: Pick<Store, 'olderThan' | 'commit'>; readonly asOf: () => number },
  rules: readonly RetentionRule[],
): Retention {
  /** Whole days, so that a floor moves once a day and cuts where the tree has its joints. */
  const floorBy = ({ days }: RetentionRule): number =>
    Math.max(0, (Math.floor(asOf() / HOURS_PER_DAY) - days) * HOURS_PER_DAY)

  return {
    floorOf: (set) =>
      Math.max(0, ...rules.filter(({ compartment }) => compartment === set).map((rule) => floorBy(rule))),
    async sweep(signal) {
      let removed = 0
      for (const rule of rules) {
        for (;;) {
          signal.throwIfAborted()
          const { compartment, type } = rule
          const due = await store.olderThan(compartment, floorBy(rule), STEP, type)
          if (due.length === 0) break
          await store.commit({ removed: due }, { sync: false })
          removed += due.length
        }
      }
      return removed
    },
  }
}

const HOURS_PER_DAY = 24
/** Records removed in one batch: a larger one would hold the event loop. */
const STEP = 1_000
