import {
  type Cells,
  cellsOf,
  createCells,
  type Entry,
  isSameSummary,
  joinIds,
  KEPT_CELLS,
  type MacKey,
  macKeyOf,
  type Summary,
  type SyncSet,
  toggleIds,
} from '@intelmesh/protocol'
import type { Store } from '../store/index.ts'

/** Cells over all of a set as it is at one moment. */
export interface KeptCells {
  readonly keyBytes: Uint8Array
  readonly key: MacKey
  readonly cells: Cells
  /** Ids in them. */
  readonly ids: number
}

/** Keeps cells of the sets that peers compare by them, so that to serve them is to copy them. */
export interface CellKeeper extends Disposable {
  /** A copy of the cells of a set. The first time in a day that one is asked for, the set is read. */
  copyOf(set: SyncSet): Promise<KeptCells>
}

export interface CellKeeperComponents {
  readonly store: Store
  /** ms since the Unix epoch. */
  readonly clock: () => number
  /** 16 bytes that nobody can know. */
  readonly newKey: () => Uint8Array
  readonly breathe: () => Promise<void>
}

interface Kept extends KeptCells {
  readonly day: number
  ids: number
}

interface Change {
  readonly added: readonly Entry[]
  readonly removed: readonly Entry[]
  readonly root: Summary
}

/** @see docs/spec/reconciliation.md, "Cells" */
export function createCellKeeper({ store, clock, newKey, breathe }: CellKeeperComponents): CellKeeper {
  const kept = new Map<SyncSet, Kept>()
  const building = new Map<SyncSet, { readonly done: Promise<Kept>; readonly changes: Change[] }>()
  const stop = store.onChanged((changes) => {
    for (const { set, added, removed } of changes) {
      const change: Change = { added, removed, root: store.rootOf(set) }
      building.get(set)?.changes.push(change)
      const held = kept.get(set)
      if (held !== undefined) apply(held, change)
    }
  })

  function dayNow(): number {
    return Math.floor(clock() / MS_PER_DAY)
  }

  function build(set: SyncSet): Promise<Kept> {
    const running = building.get(set)
    if (running !== undefined) return running.done
    const changes: Change[] = []
    const done = read(set, changes).finally(() => building.delete(set))
    building.set(set, { done, changes })
    return done
  }

  /** Reads a set, and takes over what changed after the moment at which it was read. */
  async function read(set: SyncSet, changes: readonly Change[]): Promise<Kept> {
    await using view = await store.viewOf(set)
    const keyBytes = newKey()
    const key = macKeyOf(keyBytes)
    const cells = await cellsOf(
      { ...view, leaves: (path) => view.leaves(path), breathe },
      [''],
      key,
      KEPT_CELLS,
    )
    const fresh: Kept = { keyBytes, key, cells, ids: view.root.count, day: dayNow() }
    const seen = changes.findLastIndex(({ root }) => isSameSummary(root, view.root))
    for (const change of changes.slice(seen + 1)) apply(fresh, change)
    kept.set(set, fresh)
    return fresh
  }

  return {
    async copyOf(set) {
      const held = kept.get(set)
      if (held?.day !== dayNow()) kept.delete(set)
      const { keyBytes, key, cells, ids } = kept.get(set) ?? (await build(set))
      return { keyBytes, key, ids, cells: copy(cells) }
    },
    [Symbol.dispose]: stop,
  }
}

const MS_PER_DAY = 86_400_000

function apply(held: Kept, { added, removed }: Change): void {
  toggleIds(held.cells, held.key, joinIds(added.map(({ id }) => id)), 1)
  toggleIds(held.cells, held.key, joinIds(removed.map(({ id }) => id)), -1)
  held.ids += added.length - removed.length
}

function copy({ size, words }: Cells): Cells {
  const cells = createCells(size)
  cells.words.set(words)
  return cells
}
