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
  readonly bytes: number
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
        waiting.push({ changes, bytes: sizeOf(changes), sync, resolve, reject })
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
  let sum = 0
  const beyond = waiting.findIndex(({ bytes }, i) => {
    sum += bytes
    return i > 0 && sum > MAX_GROUP_BYTES
  })
  return beyond < 0 ? waiting.length : beyond
}

/** About the bytes that a change set writes. */
function sizeOf({
  headers = [],
  records = [],
  removed = [],
  erased = [],
  control = [],
}: StoreChanges): number {
  const contents = [...headers, ...control].map((row) => row.bytes).concat(records.map((row) => row.leaf))
  const rows = contents.length + removed.length + 2 * erased.length
  return contents.reduce((sum, { length }) => sum + length, rows * ROW_BYTES)
}

/** A batch stands in memory as a whole, and holds the event loop while it is put together. */
const MAX_GROUP_BYTES: number = 1024 * 1024
/** What the index rows of a record take. */
const ROW_BYTES = 2_048
