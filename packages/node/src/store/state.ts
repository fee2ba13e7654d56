import { SYNC_SETS, summarise, type Summary, type SyncSet } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import type { Database } from './database.ts'
import { damaged } from './errors.ts'
import { orderKey } from './keys.ts'
import { type RingEntry } from './quarantine-ring.ts'
import { decodeQuarantine } from './rows.ts'
import { type Counts, decodeCounts, decodeNode } from './state-rows.ts'
import { nodeKey } from './tree-cache.ts'

/** What the store keeps in memory of its tables. Replaced as a whole once a batch is written. */
export interface State {
  readonly counts: Counts
  readonly roots: ReadonlyMap<SyncSet, Summary>
  /** Quarantined rows, ascending. */
  readonly quarantine: readonly RingEntry[]
}

/** The counts of a new store. */
export const NO_COUNTS: Counts = { records: 0, headers: 0, sequence: 0, log: 0, quarantine: 0, commit: 0 }

/** Commit numbers kept in the journal: more batches than LevelDB's log, which may lose one in its middle, holds. */
export const JOURNAL_LENGTH = 16_384

/** Reads the state from disk. @throws StoreError STORE_DAMAGED */
export async function loadState(database: Database): Promise<State> {
  const bytes = await database.get('state', 'counts')
  if (bytes === undefined) throw damaged('the counts are missing')
  const roots = new Map<SyncSet, Summary>()
  for (const set of SYNC_SETS) {
    const root = await database.get('tree', nodeKey(set, ''))
    roots.set(set, summarise(nativeCrypto, root === undefined ? undefined : decodeNode(root)))
  }
  const quarantine: RingEntry[] = []
  for await (const [key, value] of database.entries('quarantine', {})) {
    quarantine.push({ number: Number.parseInt(key, 16), from: decodeQuarantine(value).from })
  }
  return { counts: decodeCounts(bytes), roots, quarantine }
}

/**
 * Counts rows and compares them with the counts and tree roots that were written in the same batches: LevelDB opens without a
 * word when a block of its log or a table is gone.
 *
 * @throws StoreError STORE_DAMAGED
 */
export async function checkState(database: Database, { counts, roots }: State): Promise<void> {
  const inSets = (...sets: readonly SyncSet[]): number =>
    sets.reduce((sum, set) => sum + (roots.get(set)?.count ?? 0), 0)
  const journaled = Math.min(counts.commit, JOURNAL_LENGTH)
  const checks: readonly (readonly [what: string, found: number, expected: number])[] = [
    ['records', await database.count('records', {}), counts.records],
    ['places of organisations', await database.count('byOrganisation', {}), counts.records],
    ['places in the order of arrival', await database.count('arrival', {}), counts.records],
    [
      'records in the trees',
      inSets('clear', 'green', 'clear/tombstones', 'green/tombstones'),
      counts.records,
    ],
    ['headers', await database.count('headers', {}), counts.headers],
    ['log entries', await database.count('log', {}), counts.log],
    [
      'control objects in the tree',
      inSets('control'),
      await database.count('controlIds', { prefix: 'control/' }),
    ],
    [
      'register entries in the tree',
      inSets('register'),
      await database.count('controlIds', { prefix: 'register/' }),
    ],
    ['newest commits', await countNewest(database, counts.commit), journaled],
  ]
  for (const [what, found, expected] of checks) {
    if (found !== expected) throw damaged(`expected ${expected} ${what}, found ${found}`)
  }
}

/** Commits from `newest` down that are in the journal. */
function countNewest(database: Database, newest: number): Promise<number> {
  return database.count('journal', {
    from: orderKey(Math.max(newest - JOURNAL_LENGTH, 0) + 1),
    until: orderKey(newest + 1),
  })
}
