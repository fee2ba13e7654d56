import type { Hex, Store, StoreChanges } from '../../store/index.ts'

/** The part of a store that people need, in memory, and open to whoever wants to tamper with it. */
export interface MemoryStore extends Pick<Store, 'commit' | 'ledger' | 'ledgerRows' | 'meta'> {
  /** JSON texts by key. */
  readonly rows: Map<string, string>
  readonly metaRows: Map<string, Uint8Array>
  /** How many commits there were, and how many of them to disk. */
  commits: number
  syncs: number
  /** What the next commits fail with. */
  fault: Error | undefined
}

/** An empty one. */
export function createMemoryStore(): MemoryStore {
  const rows = new Map<Hex, string>()
  const metaRows = new Map<string, Uint8Array>()
  const store: MemoryStore = {
    rows,
    metaRows,
    commits: 0,
    syncs: 0,
    fault: undefined,
    async commit({ ledger = {}, meta = {} }: StoreChanges, { sync }) {
      await Promise.resolve()
      if (store.fault !== undefined) throw store.fault
      store.commits += 1
      if (sync) store.syncs += 1
      for (const [key, value] of Object.entries(ledger)) set(rows, key, value && JSON.stringify(value))
      for (const [key, value] of Object.entries(meta)) set(metaRows, key, value)
    },
    async ledger(key) {
      const text = rows.get(key)
      return text === undefined ? undefined : JSON.parse(text)
    },
    async *ledgerRows(prefix) {
      for (const key of [...rows.keys()].filter((name) => name.startsWith(prefix)).toSorted())
        yield [key, JSON.parse(rows.get(key) as string)] as const
    },
    meta: async (key) => metaRows.get(key),
  }
  return store
}

function set<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
