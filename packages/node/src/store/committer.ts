import { statfs } from 'node:fs/promises'
import { codeOf, type Entry, type Summary, type SyncSet, type TreeNode, updateTree } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import { applyChanges, createTally, type Tally } from './apply-changes.ts'
import type { Database } from './database.ts'
import { createDraft, type Draft } from './draft.ts'
import { StoreError, storeErrorOf } from './errors.ts'
import { NOTHING } from './index-rows.ts'
import type { SetChange, StoreChanges } from './interface.ts'
import { orderKey } from './keys.ts'
import { trimRing } from './quarantine-ring.ts'
import { encodeQuarantine } from './rows.ts'
import { encodeCounts, encodeNode } from './state-rows.ts'
import { checkState, JOURNAL_LENGTH, loadState, type State } from './state.ts'
import { nodeKey, readerOf, type TreeCache } from './tree-cache.ts'

/** What a committer works on. */
export interface CommitterComponents {
  readonly database: Database
  readonly cache: TreeCache
  /** Free bytes of the disk on which the database is. */
  readonly freeBytes: () => Promise<number>
}

/** Turns change sets into LevelDB batches. Calls must not overlap: every batch builds on the one before. */
export interface Committer {
  readonly state: State
  /** Writes all change sets, in order, in one batch. @throws StoreError STORE_FULL, STORE_IO, STORE_DAMAGED, STORE_CLOSED */
  commit(group: readonly StoreChanges[], options: { readonly sync: boolean }): Promise<void>
  /** Tells of every commit once it is written, until the function that it gives is called. */
  onChanged(listener: (changes: readonly SetChange[]) => void): () => void
}

/** A committer that goes on from `initial`, the state on disk. */
export function createCommitter(components: CommitterComponents, initial: State): Committer {
  const { database, cache, freeBytes } = components
  let state = initial
  let mustRecover = false
  const listeners = new Set<(changes: readonly SetChange[]) => void>()

  /** LevelDB takes nothing after a failed write until it is opened anew, and the disk alone knows what was written. */
  async function recover(): Promise<void> {
    await assertRoom(freeBytes, 0)
    await database.reopen()
    cache.clear()
    const found = await loadState(database)
    await checkState(database, found)
    state = found
    mustRecover = false
  }

  async function write(draft: Draft, options: { readonly sync: boolean }): Promise<void> {
    await assertRoom(freeBytes, draft.bytes)
    try {
      await database.write(draft.operations(), options)
    } catch (error) {
      mustRecover = true
      // Whoever reads next has to see what the disk has taken of it. On a full one reading goes on, which opening might end.
      if (codeOf(error) !== 'STORE_FULL') await recover().catch(() => undefined)
      throw error
    }
  }

  /** A commit was made from what could be read before: where that has changed, it fails like the one that changed it. */
  async function recoverFirst(): Promise<void> {
    const believed = state.counts.commit
    await recover()
    if (state.counts.commit !== believed)
      throw new StoreError(
        'STORE_IO',
        'the disk had taken what it failed to write: read again, and try again',
      )
  }

  return {
    get state() {
      return state
    },
    async commit(group, options) {
      if (mustRecover) await recoverFirst()
      const draft = createDraft(database)
      const tally = createTally(state.counts)
      for (const changes of group) await applyChanges(draft, tally, changes)
      const trees = await growTrees(draft, tally, cache)
      const quarantine = fillQuarantine(draft, tally, state)
      const counts = {
        ...tally.counts,
        commit: tally.counts.commit + 1,
        quarantine: tally.counts.quarantine + tally.quarantine.length,
      }
      draft.put('state', 'counts', encodeCounts(counts))
      draft.put('journal', orderKey(counts.commit), NOTHING)
      if (counts.commit > JOURNAL_LENGTH) draft.delete('journal', orderKey(counts.commit - JOURNAL_LENGTH))

      await write(draft, options)

      const roots = new Map(state.roots)
      for (const [set, { root, nodes }] of trees) {
        cache.update(set, nodes)
        roots.set(set, root)
      }
      state = { counts, roots, quarantine }
      const changed = [...tally.entries].map(([set, entries]) => changeOf(set, [...entries.values()]))
      if (changed.length > 0) for (const listener of listeners) listener(changed)
    },
    onChanged(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Free bytes of the file system that holds `path`, for those who are not root. */
export async function freeBytesAt(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch (error) {
    throw storeErrorOf(error)
  }
}

/**
 * Sees to it that a write of about `bytes` has room: one that fails leaves LevelDB unable to go on.
 *
 * @throws StoreError STORE_FULL
 */
export async function assertRoom(freeBytes: () => Promise<number>, bytes: number): Promise<void> {
  const needed = bytes * ROOM_FACTOR + SPARE_BYTES
  const free = await freeBytes()
  if (free < needed) {
    throw new StoreError('STORE_FULL', `expected ${needed} bytes of free disk, got ${free}: free some space`)
  }
}

function changeOf(
  set: SyncSet,
  entries: readonly { readonly entry: Entry; readonly isHeld: boolean }[],
): SetChange {
  const [added = [], removed = []] = [true, false].map((held) =>
    entries.filter(({ isHeld }) => isHeld === held).map(({ entry }) => entry),
  )
  return { set, added, removed }
}

/** Writes the nodes that the changed entries touch. */
async function growTrees(
  draft: Draft,
  { entries }: Tally,
  cache: TreeCache,
): Promise<Map<SyncSet, { root: Summary; nodes: ReadonlyMap<string, TreeNode | undefined> }>> {
  const trees = new Map<SyncSet, { root: Summary; nodes: ReadonlyMap<string, TreeNode | undefined> }>()
  for (const [set, changed] of entries) {
    const added = [...changed.values()].filter(({ isHeld }) => isHeld).map(({ entry }) => entry)
    const removed = [...changed.values()].filter(({ isHeld }) => !isHeld).map(({ entry }) => entry)
    const update = await updateTree(nativeCrypto, readerOf(cache, set), { added, removed })
    for (const [path, node] of update.nodes) {
      if (node === undefined) draft.delete('tree', nodeKey(set, path))
      else draft.put('tree', nodeKey(set, path), encodeNode(node))
    }
    trees.set(set, update)
  }
  return trees
}

/** Writes refused things down, and deletes what they push out. */
function fillQuarantine(
  draft: Draft,
  { counts, quarantine }: Tally,
  { quarantine: held }: State,
): State['quarantine'] {
  if (quarantine.length === 0) return held
  const added = quarantine.map((row, i) => ({ number: counts.quarantine + 1 + i, from: row.from, row }))
  for (const { number, row } of added) draft.put('quarantine', orderKey(number), encodeQuarantine(row))
  const { kept, dropped } = trimRing([...held, ...added.map(({ number, from }) => ({ number, from }))])
  for (const { number } of dropped) draft.delete('quarantine', orderKey(number))
  return kept
}

/** A batch is written to the log, then to a table, and again when tables are merged. */
const ROOM_FACTOR = 4
/** What LevelDB needs to open: it writes its log, up to 4 MiB, out as a table. */
const SPARE_BYTES: number = 8 * 1024 * 1024
