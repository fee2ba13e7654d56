import { codeOf, compareBytes, SYNC_SETS, summarise, type Summary, type SyncSet } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import { controlIdPrefix } from './control-reads.ts'
import type { Database } from './database.ts'
import { damaged } from './errors.ts'
import { keyAfter, orderKey, readNumber } from './keys.ts'
import { countInWindow, listPrefix } from './lists.ts'
import { type Mask, maskOf } from './mask.ts'
import { loadNames, type Names } from './names.ts'
import { type RingEntry } from './quarantine-ring.ts'
import { decodeQuarantine } from './rows.ts'
import { rowKey } from './sealed-row.ts'
import { type Counts, COUNTS, decodeCounts, decodeNode, MASK, rootsIn, sumOfRoots } from './state-rows.ts'
import { nodeKey } from './tree-cache.ts'

/** What the store keeps in memory of its tables. Replaced as a whole once a batch is written. */
export interface State {
  readonly counts: Counts
  readonly roots: ReadonlyMap<SyncSet, Summary>
  /** Quarantined rows, ascending. */
  readonly quarantine: readonly RingEntry[]
  readonly names: Names
  readonly mask: Mask
}

/** The counts of a new store. */
export const NO_COUNTS: Counts = { records: 0, headers: 0, sequence: 0, log: 0, quarantine: 0, commit: 0 }

/** Commit numbers kept in the journal: more batches than LevelDB's log, which may lose one in its middle, holds. */
export const JOURNAL_LENGTH = 32_768

/** Reads the state from disk. @throws StoreError STORE_DAMAGED */
export async function loadState(database: Database): Promise<State> {
  const [bytes, mask] = await database.getMany('state', [COUNTS, MASK])
  if (bytes === undefined || mask === undefined) throw damaged('the counts are missing')
  const roots = new Map<SyncSet, Summary>()
  for (const set of SYNC_SETS) {
    const root = await database.get('tree', nodeKey(set, ''))
    roots.set(set, summarise(nativeCrypto, root === undefined ? undefined : decodeNode(root)))
  }
  const noted = rootsIn(bytes)
  if (noted !== undefined && compareBytes(noted, sumOfRoots(roots)) !== 0)
    throw damaged('the roots of the trees are not those of the last commit')
  const quarantine: RingEntry[] = []
  for await (const [key, value] of database.entries('quarantine', {})) {
    quarantine.push({ number: readNumber(key, 0, key.length), from: decodeQuarantine(value).from })
  }
  return {
    counts: decodeCounts(bytes),
    roots,
    quarantine,
    names: await loadNames(database),
    mask: maskOf(mask.slice()),
  }
}

/**
 * The state on disk, once it is sure that no rows are missing. Roots of trees and the list of all records are written anew by every
 * commit: where LevelDB gives an earlier version of one, merging the files that hold it ends that.
 *
 * @throws StoreError STORE_DAMAGED
 */
export async function openState(database: Database): Promise<State> {
  try {
    return await checkedState(database)
  } catch (error) {
    if (codeOf(error) !== 'STORE_DAMAGED') throw error
    return mergedState(database).catch(() => {
      throw error
    })
  }
}

async function mergedState(database: Database): Promise<State> {
  for (const [from, to] of REWRITTEN_BY_ALL) await database.compact({ from, to })
  return checkedState(database)
}

async function checkedState(database: Database): Promise<State> {
  const state = await loadState(database)
  await checkState(database, state)
  return state
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
    ['records', await countListed(database), counts.records],
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
      await database.count('controlIds', { prefix: controlIdPrefix('control') }),
    ],
    [
      'register entries in the tree',
      inSets('register'),
      await database.count('controlIds', { prefix: controlIdPrefix('register') }),
    ],
    ['newest commits', await countNewest(database, counts.commit), journaled],
  ]
  for (const [what, found, expected] of checks) {
    if (found !== expected) throw damaged(`expected ${expected} ${what}, found ${found}`)
  }
}

const LIST_OF_ALL: Uint8Array = listPrefix({ kind: 'all', number: 0 })
const REWRITTEN_BY_ALL: readonly (readonly [from: Uint8Array, to: Uint8Array])[] = [
  [rowKey('lists', LIST_OF_ALL), rowKey('lists', keyAfter(LIST_OF_ALL) as Uint8Array)],
  ...SYNC_SETS.map((set) => rowKey('tree', nodeKey(set, ''))).map((key) => [key, key] as const),
]

/** Records in the list of all: there is one in it for each, and to count them takes no reading of records. */
async function countListed(database: Database): Promise<number> {
  let count = 0
  for await (const [, row] of database.entries('lists', { prefix: LIST_OF_ALL })) count += countInWindow(row)
  return count
}

/** Commits from `newest` down that are in the journal. */
function countNewest(database: Database, newest: number): Promise<number> {
  return database.count('journal', {
    from: orderKey(Math.max(newest - JOURNAL_LENGTH, 0) + 1),
    until: orderKey(newest + 1),
  })
}
