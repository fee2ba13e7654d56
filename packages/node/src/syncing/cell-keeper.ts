import {
  type Cells,
  cellsOf,
  createCells,
  type Entry,
  ID_BYTES,
  isSameSummary,
  type JoinedIds,
  joinIds,
  KEPT_CELLS,
  type MacKey,
  macKeyOf,
  type Summary,
  type SyncSet,
  toggleIds,
} from '@intelmesh/protocol'
import type { SetChange, Store } from '../store/index.ts'

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
  /**
   * A copy of the cells of a set as it was when this was its root; `undefined` where it has changed much since, or was another. The
   * first time in a day that one is asked for, the set is read.
   */
  copyOf(set: SyncSet, root: Summary): Promise<KeptCells | undefined>
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
  /** Of the set that the cells are of. */
  root: Summary
  /** The latest changes, oldest first, and their weight: a session goes by what the set was when it began. */
  readonly changes: Change[]
  weight: number
}

interface Change {
  readonly added: JoinedIds
  readonly removed: JoinedIds
  /** Before it and after it. */
  readonly before: Summary
  readonly root: Summary
}

/** Ids of changes that can be undone for a session, of as many as come in some seconds at most: 2 MiB of each set. */
const MAX_WEIGHT = 65_536
/** A change takes memory of its own, as much as so many ids: those of a day that each bring one record must not all be kept. */
const CHANGE_WEIGHT = 32

/** @see docs/spec/reconciliation.md, "Cells" */
export function createCellKeeper({ store, clock, newKey, breathe }: CellKeeperComponents): CellKeeper {
  const kept = new Map<SyncSet, Kept>()
  const building = new Map<SyncSet, { readonly done: Promise<Kept>; readonly changes: SetChange[] }>()
  const stop = store.onChanged((changes) => {
    for (const change of changes) {
      building.get(change.set)?.changes.push(change)
      const held = kept.get(change.set)
      if (held !== undefined) apply(held, change)
    }
  })

  function dayNow(): number {
    return Math.floor(clock() / MS_PER_DAY)
  }

  function build(set: SyncSet): Promise<Kept> {
    const running = building.get(set)
    if (running !== undefined) return running.done
    const changes: SetChange[] = []
    const done = read(set, changes).finally(() => building.delete(set))
    building.set(set, { done, changes })
    return done
  }

  /** Reads a set, and takes over what changed after the moment at which it was read. */
  async function read(set: SyncSet, changes: readonly SetChange[]): Promise<Kept> {
    await using view = await store.viewOf(set)
    const keyBytes = newKey()
    const key = macKeyOf(keyBytes)
    const cells = await cellsOf(
      { ...view, leaves: (path) => view.leaves(path), breathe },
      [''],
      key,
      KEPT_CELLS,
    )
    const { root } = view
    const fresh: Kept = {
      keyBytes,
      key,
      cells,
      ids: root.count,
      day: dayNow(),
      root,
      changes: [],
      weight: 0,
    }
    const seen = changes.findLastIndex((change) => isSameSummary(change.root, root))
    for (const change of changes.slice(seen + 1)) apply(fresh, change)
    kept.set(set, fresh)
    return fresh
  }

  return {
    async copyOf(set, root) {
      if (kept.get(set)?.day !== dayNow()) kept.delete(set)
      const held = kept.get(set) ?? (await build(set))
      const since = changesSince(held, root)
      return since && undone(held, since)
    },
    [Symbol.dispose]: stop,
  }
}

const MS_PER_DAY = 86_400_000

function apply(held: Kept, { added, removed, root }: SetChange): void {
  const change: Change = { added: joined(added), removed: joined(removed), before: held.root, root }
  toggleIds(held.cells, held.key, change.added, 1)
  toggleIds(held.cells, held.key, change.removed, -1)
  held.ids += added.length - removed.length
  held.root = root
  held.changes.push(change)
  held.weight += weightOf(change)
  while (held.weight > MAX_WEIGHT) held.weight -= weightOf(held.changes.shift() as Change)
}

/** What came after a set had a root: nothing, or changes that are all known. */
function changesSince({ root: now, changes }: Kept, root: Summary): readonly Change[] | undefined {
  if (isSameSummary(now, root)) return []
  const first = changes.findLastIndex(({ before }) => isSameSummary(before, root))
  return first < 0 ? undefined : changes.slice(first)
}

/** A copy of cells without some changes. */
function undone({ keyBytes, key, cells: { size, words }, ids }: Kept, since: readonly Change[]): KeptCells {
  const cells = createCells(size)
  cells.words.set(words)
  for (const { added, removed } of since) {
    toggleIds(cells, key, added, -1)
    toggleIds(cells, key, removed, 1)
    ids -= (added.length - removed.length) / ID_BYTES
  }
  return { keyBytes, key, cells, ids }
}

function joined(entries: readonly Entry[]): JoinedIds {
  return joinIds(entries.map(({ id }) => id))
}

function weightOf({ added, removed }: Change): number {
  return CHANGE_WEIGHT + (added.length + removed.length) / ID_BYTES
}
