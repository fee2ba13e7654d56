import {
  entryPath,
  fromHex,
  hlcTime,
  type JoinedIds,
  leavesBelow,
  type ReadNode,
  splitIds,
  toHex,
} from '@intelmesh/protocol'
import type { Hex, Store, StoredRecord } from '../store/index.ts'

/** Records to be sent. */
export interface Selection {
  /** In the order in which they leave, each once, some at a time. Those that `isSent` may be left out unread: it is asked once at most. */
  records(store: Store, isSent: (id: Hex) => boolean): AsyncIterable<readonly StoredRecord[]>
  /** Whether a record is among them, wherever it comes in that order. */
  has(record: StoredRecord): boolean
  /** As {@link has}, of an id alone; absent where an id says nothing. */
  readonly isNamed?: (id: Hex) => boolean
  /** Whether nothing else may leave with them. @default false */
  readonly isExact?: boolean
}

/** Records by their ids, in runs. */
export function selectIds(runs: readonly JoinedIds[]): Selection {
  const named = new Set(runs.flatMap((ids) => splitIds(ids).map(toHex)))
  const isNamed = (id: Hex): boolean => named.has(id)
  return {
    records: (store, isSent) => recordsOf(store, [[...named]], isSent),
    has: ({ id }) => isNamed(id),
    isNamed,
  }
}

/** Everything below some paths of a tree, in the order of the paths, newest hours first within each. */
export function selectPaths(read: ReadNode, paths: readonly string[]): Selection {
  const held = new Set(paths)
  const lengths = [...new Set(paths.map(({ length }) => length))]
  return {
    records: (store, isSent) => recordsOf(store, namesOf(idsBelowPaths(read, paths)), isSent),
    has(record) {
      const hour = Math.floor(hlcTime(record.hlc) / MS_PER_HOUR)
      const path = entryPath({ hour, id: fromHex(record.id) })
      return lengths.some((length) => held.has(path.slice(0, length)))
    },
  }
}

/** What came after `sequence` and up to `until`, the newest arrival first. */
export function selectRecent(sequence: number, until: number): Selection {
  return {
    async *records(store) {
      for (let last = until; last > sequence; last -= PAGE) {
        const length = Math.min(PAGE, last - sequence)
        yield await store.recordsAt(Array.from({ length }, (_, i) => last - i))
      }
    },
    has: (record) => record.sequence > sequence && record.sequence <= until,
  }
}

/** Ids below paths, leaf by leaf, newest hours first within each. */
export async function* idsBelowPaths(read: ReadNode, paths: readonly string[]): AsyncGenerator<JoinedIds> {
  for (const path of paths) yield* leavesBelow(read, path, { newestFirst: true })
}

const MS_PER_HOUR = 3_600_000
const PAGE = 256

async function* namesOf(runs: AsyncIterable<JoinedIds>): AsyncGenerator<readonly Hex[]> {
  for await (const ids of runs) yield splitIds(ids).map(toHex)
}

async function* recordsOf(
  store: Store,
  runs: AsyncIterable<readonly Hex[]> | Iterable<readonly Hex[]>,
  isSent: (id: Hex) => boolean,
): AsyncGenerator<readonly StoredRecord[]> {
  for await (const ids of runs) {
    for (let at = 0; at < ids.length; at += PAGE) {
      const wanted = ids.slice(at, at + PAGE).filter((id) => !isSent(id))
      if (wanted.length > 0) yield await store.records(wanted)
    }
  }
}
