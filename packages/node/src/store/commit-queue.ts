import { StoreError } from './errors.ts'
import type { StoreChanges } from './interface.ts'

/** Commits one after the other; those that wait together are written together. */
export interface CommitQueue {
  push(changes: StoreChanges, options: { readonly sync: boolean }): Promise<void>
  /** Takes no more, and waits for those that are in. */
  close(): Promise<void>
}

interface Waiting {
  readonly changes: StoreChanges
  readonly sync: boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Writes a group of change sets, all or nothing. */
type CommitGroup = (group: readonly StoreChanges[], options: { readonly sync: boolean }) => Promise<void>

/** An empty queue. It holds what callers wait for: they bound it by awaiting their commits. */
export function createCommitQueue(commit: CommitGroup): CommitQueue {
  const waiting: Waiting[] = []
  let isClosed = false
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    while (waiting.length > 0) await commitTogether(commit, waiting.splice(0, groupLength(waiting)))
    working = undefined
  }

  return {
    push(changes, { sync }) {
      if (isClosed) return Promise.reject(new StoreError('STORE_CLOSED', 'the store was closed'))
      return new Promise((resolve, reject) => {
        waiting.push({ changes, sync, resolve, reject })
        working ??= work()
      })
    },
    async close() {
      isClosed = true
      await working
    },
  }
}

/** Never rejects. One change set that cannot be applied at all does not fail those that happen to wait beside it. */
async function commitTogether(commit: CommitGroup, group: readonly Waiting[]): Promise<void> {
  try {
    await commit(
      group.map(({ changes }) => changes),
      { sync: group.some(({ sync }) => sync) },
    )
    for (const { resolve } of group) resolve()
  } catch (error) {
    if (error instanceof StoreError || group.length === 1) for (const { reject } of group) reject(error)
    else for (const one of group) await commitTogether(commit, [one])
  }
}

/** How many from the front fit into one batch: one at least. */
function groupLength(waiting: readonly Waiting[]): number {
  let rows = 0
  const beyond = waiting.findIndex(({ changes }, i) => {
    rows +=
      1 + (changes.records?.length ?? 0) + (changes.removed?.length ?? 0) + (changes.headers?.length ?? 0)
    return i > 0 && rows > MAX_GROUP_ROWS
  })
  return beyond < 0 ? waiting.length : beyond
}

/** A batch stands in memory as a whole. */
const MAX_GROUP_ROWS = 2_048
