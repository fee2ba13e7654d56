import type { SyncSet } from '@intelmesh/protocol'
import type { SkippedItem } from '../skipped.ts'

/** Something that sessions brought and that was not taken when it came last. */
export interface Skip extends SkippedItem {
  /** Who brought it: node key id. */
  readonly node: string
  readonly set: SyncSet
  /** ms since the Unix epoch. */
  readonly at: number
}

/** What sessions left out lately, each thing once for each member that brought it. Nobody can push out what others brought. */
export interface Skips {
  note(node: string, set: SyncSet, items: readonly SkippedItem[]): void
  /** The latest first. */
  all(): readonly Skip[]
}

/** The latest of one member are kept, and of all; where there are more, the oldest of whoever has the most goes. */
export const MAX_SKIPS_OF_ONE = 100
export const MAX_SKIPS = 1_000

/** @param clock ms since the Unix epoch */
export function createSkips(clock: () => number): Skips {
  const kept = new Map<string, Map<string, Skip>>()
  let total = 0

  function add(skip: Skip): void {
    const own = kept.get(skip.node) ?? new Map<string, Skip>()
    kept.set(skip.node, own)
    // What cannot be named is known by its code.
    const name = `${skip.set} ${skip.id ?? skip.code}`
    if (!own.delete(name)) total++
    own.set(name, skip)
    if (own.size > MAX_SKIPS_OF_ONE) dropOldest(own)
    if (total > MAX_SKIPS) dropOldest(largest())
  }

  function largest(): Map<string, Skip> {
    return [...kept.values()].reduce((most, each) => (each.size > most.size ? each : most))
  }

  function dropOldest(of: Map<string, Skip>): void {
    const [oldest] = of
    if (oldest === undefined) return
    of.delete(oldest[0])
    total--
    if (of.size === 0) kept.delete(oldest[1].node)
  }

  return {
    note(node, set, items) {
      const at = clock()
      for (const item of items.slice(-MAX_SKIPS_OF_ONE)) add({ ...item, node, set, at })
    },
    all: () =>
      [...kept.values()].flatMap((own) => [...own.values()].reverse()).toSorted((a, b) => b.at - a.at),
  }
}
