import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  codeOf,
  type Entry,
  type ReadNode,
  type Summary,
  type SyncSet,
  type TreeNode,
  updateTree,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import { applyChanges, type ChangedEntry, createTally, scrubsOf, type Tally } from './apply-changes.ts'
import type { Database } from './database.ts'
import { createDraft, type Draft } from './draft.ts'
import { StoreError } from './errors.ts'
import { gatherReads } from './gathered-reads.ts'
import type { SetChange } from './answers.ts'
import type { StoreChanges } from './interface.ts'
import { orderKey } from './keys.ts'
import { createListMemory } from './list-memory.ts'
import { windowNumber } from './lists.ts'
import { labelsIn, onlyIn } from './postings.ts'
import type { Sidecar } from './sidecar/index.ts'
import { trimRing } from './quarantine-ring.ts'
import { assertRoom, type FreeBytes } from './room.ts'
import { createRowArena } from './row-arena.ts'
import { encodeQuarantine } from './rows.ts'
import { COUNTS, encodeCounts, encodeNode, sumOfRoots } from './state-rows.ts'
import { JOURNAL_LENGTH, openState, type State } from './state.ts'
import { checkedReaderOf, nodeKey, readerOf, type TreeCache } from './tree-cache.ts'

/** What a committer works on. */
export interface CommitterComponents {
  readonly database: Database
  readonly cache: TreeCache
  /** Free bytes of the disk on which the database is. */
  readonly freeBytes: FreeBytes
  /** Told of every value whose row changed. */
  readonly sidecar: Pick<Sidecar, 'change' | 'mayHaveKey'>
}

/** Turns change sets into LevelDB batches. Calls must not overlap: every batch builds on the one before. */
export interface Committer {
  readonly state: State
  /** Whether what can be read is all that the disk holds. */
  readonly isCertain: boolean
  /** Writes all change sets, in order, in one batch. @throws StoreError STORE_FULL, STORE_IO, STORE_DAMAGED, STORE_CLOSED */
  commit(group: readonly StoreChanges[], options: { readonly sync: boolean }): Promise<void>
  /** Tells of every commit once it is written, until the function that it gives is called. */
  onChanged(listener: (changes: readonly SetChange[]) => void): () => void
}

/** A committer that goes on from `initial`, the state on disk. */
export function createCommitter(components: CommitterComponents, initial: State): Committer {
  const { database, cache, freeBytes, sidecar } = components
  const reads = { ...database, getMany: gatherReads(database) }
  const arena = createRowArena()
  const treeOf = (set: SyncSet): ReadNode => readerOf(cache, set)
  let state = initial
  let listMemory = createListMemory(windowNumber(initial.counts.sequence))
  let mustRecover = false
  /** Tells what a commit changed that failed, and may be on disk all the same. */
  let untold: (() => void) | undefined
  const listeners = new Set<(changes: readonly SetChange[]) => void>()

  /** LevelDB takes nothing after a failed write until it is opened anew, and the disk alone knows what was written. */
  async function recover(): Promise<void> {
    await assertRoom(freeBytes, 0)
    await database.reopen()
    cache.clear()
    const found = await openState(database)
    if (found.counts.commit > state.counts.commit) untold?.()
    untold = undefined
    state = found
    listMemory = createListMemory(windowNumber(found.counts.sequence))
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
    get isCertain() {
      return !mustRecover
    },
    async commit(group, options) {
      if (mustRecover) await recoverFirst()
      const draft = createDraft(reads)
      const tally = createTally({ database: reads, sidecar, treeOf, listMemory, arena }, state)
      await applyChanges(draft, tally, group)
      // What else this process has to do comes in between: putting a thousand records together takes tens of milliseconds.
      if (draft.bytes > BYTES_A_TURN) await nextTurn()
      const trees = await growTrees(draft, tally, { cache, roots: state.roots })
      if (draft.bytes > BYTES_A_TURN) await nextTurn()
      const quarantine = fillQuarantine(draft, tally, state)
      const counts = {
        ...tally.counts,
        commit: tally.counts.commit + 1,
        quarantine: tally.counts.quarantine + tally.quarantine.length,
      }
      const roots = new Map(state.roots)
      for (const [set, { root }] of trees) roots.set(set, root)
      draft.put('state', COUNTS, encodeCounts(counts, sumOfRoots(roots)))
      draft.put('journal', orderKey(counts.commit), NOTHING)
      if (counts.commit > JOURNAL_LENGTH) draft.delete('journal', orderKey(counts.commit - JOURNAL_LENGTH))

      const tell = (): void => {
        for (const { place, before, after } of tally.postings.changed())
          if (place.table === 'values')
            sidecar.change(place.key, labelsIn(before), labelsIn(after), onlyIn(after))
        const changes = [...trees].map(([set, { added, removed, root }]) => ({ set, added, removed, root }))
        if (changes.length > 0) for (const listener of listeners) listener(changes)
      }
      untold = tell
      await write(draft, options)
      untold = undefined

      for (const [set, { nodes }] of trees) cache.update(set, nodes)
      tally.names.adopt()
      tally.lists.adopt()
      state = { ...state, counts, roots, quarantine }
      tell()
    },
    onChanged(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Writes the nodes that the changed entries touch. Ids that a leaf held stay in the files until it is scrubbed as well. */
async function growTrees(
  draft: Draft,
  { entries, erasedFrom, counts }: Tally,
  { cache, roots }: { readonly cache: TreeCache; readonly roots: State['roots'] },
): Promise<Map<SyncSet, Growth>> {
  const trees = new Map<SyncSet, Growth>()
  for (const [set, touched] of entries) {
    const changed = [...touched.values()].filter(({ isHeld, wasHeld }) => isHeld !== wasHeld)
    const change = { added: entriesIn(changed, true), removed: entriesIn(changed, false) }
    const update = await updateTree(nativeCrypto, checkedReaderOf(cache, set, roots.get(set)), change)
    for (const [path, node] of update.nodes) {
      const key = nodeKey(set, path)
      draft.append({ table: 'tree', key, value: node && encodeNode(node) })
      if (erasedFrom.has(set)) for (const row of scrubsOf(counts, [{ table: 'tree', key }])) draft.append(row)
    }
    trees.set(set, { ...update, ...change })
  }
  return trees
}

interface Growth {
  readonly root: Summary
  readonly nodes: ReadonlyMap<string, TreeNode | undefined>
  readonly added: readonly Entry[]
  readonly removed: readonly Entry[]
}

function entriesIn(changed: readonly ChangedEntry[], isHeld: boolean): readonly Entry[] {
  return changed.filter((each) => each.isHeld === isHeld).map(({ entry }) => entry)
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

/** Bytes of rows that are put together in some milliseconds. */
const BYTES_A_TURN = 262_144
const NOTHING = new Uint8Array()
