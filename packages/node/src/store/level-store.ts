import type { ReadNode, Summary, SyncSet } from '@intelmesh/protocol'
import { careReads } from './care-reads.ts'
import { createCommitQueue } from './commit-queue.ts'
import type { Committer } from './committer.ts'
import { controlReads } from './control-reads.ts'
import type { Database } from './database.ts'
import { dumpRows } from './dump-rows.ts'
import { headerReads } from './header-reads.ts'
import type { Hex, Store } from './interface.ts'
import { listReads } from './list-reads.ts'
import { recordReads } from './record-reads.ts'
import type { TableSums } from './table-sums.ts'
import { openTreeView } from './tree-view.ts'
import type { Scrubber } from './scrubber.ts'
import { readerOf, type TreeCache } from './tree-cache.ts'
import type { ValueMemory } from './value-memory.ts'
import { valueReads } from './value-reads.ts'
import { verifyRows } from './verify-rows.ts'

/** The parts of an open store. */
export interface LevelStoreComponents {
  readonly id: Hex
  readonly database: Database
  readonly cache: TreeCache
  readonly committer: Committer
  readonly scrubber: Scrubber
  readonly memory: ValueMemory
  readonly sums: TableSums
}

/** Puts the parts of an open store together. */
export function createLevelStore({
  id,
  database,
  cache,
  committer,
  scrubber,
  memory,
  sums,
}: LevelStoreComponents): Store {
  const reads = recordReads(database)
  const values = valueReads(database, () => committer.state, memory.sidecar)
  const queue = createCommitQueue((group, options) => committer.commit(group, options))
  const treeOf = (set: SyncSet): ReadNode => readerOf(cache, set)
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    await queue.close()
    await scrubber.close()
    await memory.close(committer.state.counts.commit)
    const tables = database.tables()
    await database[Symbol.asyncDispose]()
    // Whoever opens it next is the better for it, and no worse off without.
    await sums.note(tables).catch(() => undefined)
  }

  return {
    id,
    ...reads,
    ...listReads(database, () => committer.state),
    ...values,
    ...careReads(database, treeOf, reads.records),
    sidecar: memory.sidecar,
    lookup: async (observable, limit, isWanted) =>
      memory.sidecar.mayHave(observable) ? values.lookup(observable, limit, isWanted) : { ids: [], total: 0 },
    knows: (observable) => memory.sidecar.mayHave(observable),
    onChanged: (listener) => committer.onChanged(listener),
    ...headerReads(database),
    ...controlReads(database),
    async verify(signal, onRows) {
      await sums.check()
      return verifyRows(database, signal, onRows)
    },
    checkFiles: () => sums.check(),
    noteFiles: () => sums.note(database.tables()),
    dump: (signal) => dumpRows(database, signal),
    async commit(changes, options) {
      await queue.push(changes, options)
      if ((changes.erased ?? []).length > 0) scrubber.wake()
    },
    async certain() {
      if (committer.isCertain) return
      // The next commit finds out, whatever becomes of it itself.
      await queue.push({}, { sync: false }).catch((error: unknown) => {
        if (!committer.isCertain) throw error
      })
    },
    compacted: () => scrubber.done(),
    treeOf,
    viewOf: (set) => openTreeView(database, set),
    rootOf: (set) => committer.state.roots.get(set) as Summary,
    get logSize() {
      return committer.state.counts.log
    },
    get counts() {
      const { records, headers, sequence } = committer.state.counts
      return { records, headers, sequence }
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}
