import { randomBytes } from 'node:crypto'
import { type Entry, hlcTime, type SyncSet, updateTree } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import { createTally } from './apply-changes.ts'
import type { Database, Operation, SealedRow } from './database.ts'
import { decodeEarlierRecord, EARLIER_FROM, EARLIER_UNTIL, earlierName, earlierRows } from './earlier-rows.ts'
import { damaged } from './errors.ts'
import { writeHeader } from './header-rows.ts'
import type { Hex, RecordRow } from './interface.ts'
import { joinKeys, orderKey } from './keys.ts'
import { createListMemory } from './list-memory.ts'
import { windowNumber } from './lists.ts'
import { maskOf } from './mask.ts'
import { loadNames } from './names.ts'
import { createRowArena } from './row-arena.ts'
import { decodeRow, fromHex, toHex } from './row-encoding.ts'
import { decodeHeader } from './rows.ts'
import {
  COUNTS,
  type Counts,
  decodeCounts,
  decodeSentinel,
  encodeCounts,
  encodeNode,
  MASK,
  type Sentinel,
} from './state-rows.ts'
import { JOURNAL_LENGTH, NO_COUNTS } from './state.ts'
import { sentinelRow } from './store-folder.ts'
import type { TableName } from './tables.ts'
import { createTreeCache, nodeKey, readerOf, type TreeCache } from './tree-cache.ts'

/** Rows, or records, of one batch. */
interface MigrateOptions {
  readonly step: number
}

/** The sentinel of a store of schema 1 or 2; `undefined` where there is none. */
export function earlierSentinel(database: Pick<Database, 'named'>): Promise<Sentinel | undefined> {
  return stateRow(database, 'sentinel', decodeSentinel)
}

/**
 * Brings a store from schema 1 or 2 to 3, in which keys are bytes and a record is named by its sequence. All rows are written anew
 * beside the old ones, the sentinel at the end; what was broken off before that begins again. Gives the new sentinel.
 *
 * @throws StoreError STORE_DAMAGED where a row is missing
 */
export async function migrateTo3(
  database: Database,
  { step }: MigrateOptions = { step: 1_000 },
): Promise<Sentinel | undefined> {
  const earlier = await earlierSentinel(database)
  if (earlier === undefined) return undefined
  await database.clear(FIRST, EARLIER_FROM)
  const counts = await stateRow(database, 'counts', decodeCounts)
  if (counts === undefined) throw damaged('the counts are missing')
  const mask = new Uint8Array(randomBytes(32))
  await writeAll(database, headersOf(database), step)
  const trees = createTreeCache(database, { maxBytes: CACHED_BYTES })
  await writeRecords(database, trees, counts, mask, step)
  await writeControlTrees(database, trees, step)
  for (const [table, mapped] of Object.entries(SAME_ROWS))
    await writeAll(database, renamed(database, table, mapped), step)
  await writeAll(database, journalOf(counts), step)
  const sentinel = { ...earlier, schema: 3 }
  await database.write(
    [
      { table: 'state', key: MASK, value: mask },
      { table: 'state', key: COUNTS, value: encodeCounts(counts) },
      sentinelRow(sentinel),
    ],
    { sync: true },
  )
  return sentinel
}

/** Deletes what a migration left of the earlier schema, and has it leave the files. */
export async function clearEarlier(database: Database): Promise<void> {
  for await (const _row of database.rows(EARLIER_FROM, EARLIER_UNTIL)) {
    await database.clear(EARLIER_FROM, EARLIER_UNTIL)
    return database.compact({ from: EARLIER_FROM, to: EARLIER_UNTIL })
  }
}

/** Tables whose rows stay what they are, but for their keys. */
const SAME_ROWS: Readonly<Record<string, (key: string, value: Uint8Array) => Operation>> = {
  leafHashes: (key, value) => ({ table: 'leafHashes', key: fromHex(key), value }),
  control: named('control'),
  controlIds: (key, value) => {
    const [set = '', id = ''] = key.split('/')
    return { table: 'controlIds', key: joinKeys(Buffer.from(`${set}/`), fromHex(id)), value }
  },
  log: numbered('log'),
  logIndex: (key, value) => ({ table: 'logIndex', key: fromHex(key), value }),
  meta: named('meta'),
  ledger: named('ledger'),
  quarantine: numbered('quarantine'),
}

function named(table: TableName): (key: string, value: Uint8Array) => Operation {
  return (key, value) => ({ table, key: Buffer.from(key), value })
}

function numbered(table: TableName): (key: string, value: Uint8Array) => Operation {
  return (key, value) => ({ table, key: orderKey(Number.parseInt(key, 16)), value })
}

async function* renamed(
  database: Database,
  table: string,
  mapped: (key: string, value: Uint8Array) => Operation,
): AsyncIterable<readonly Operation[]> {
  for await (const [key, value] of earlierRows(database, table)) yield [mapped(key, value)]
}

async function* headersOf(database: Database): AsyncIterable<readonly SealedRow[]> {
  const arena = createRowArena()
  for await (const [hash, row] of earlierRows(database, 'headers'))
    yield writeHeader(arena, decodeHeader(hash, row, undefined))
}

async function* journalOf({ commit }: Counts): AsyncIterable<readonly Operation[]> {
  for (let number = Math.max(commit - JOURNAL_LENGTH, 0) + 1; number <= commit; number++)
    yield [{ table: 'journal', key: orderKey(number), value: new Uint8Array() }]
}

async function writeAll(
  database: Database,
  changes: AsyncIterable<readonly (Operation | SealedRow)[]>,
  step: number,
): Promise<void> {
  let batch: (Operation | SealedRow)[] = []
  for await (const operations of changes) {
    batch.push(...operations)
    if (batch.length < step) continue
    await database.write(batch, { sync: false })
    batch = []
  }
  await database.write(batch, { sync: false })
}

/** Records in their order of arrival, each with the sequence that it had. */
async function writeRecords(
  database: Database,
  trees: TreeCache,
  counts: Counts,
  mask: Uint8Array,
  step: number,
): Promise<void> {
  const names = await loadNames(database)
  const components = {
    database,
    sidecar: { mayHaveKey: () => true },
    arena: createRowArena(),
    treeOf: () => () => undefined,
  }
  let written = 0
  let newest = 0
  let ids: Hex[] = []
  async function write(): Promise<void> {
    const some = await recordsOf(database, ids)
    ids = []
    const counted = { ...NO_COUNTS, sequence: newest }
    const listMemory = createListMemory(windowNumber(newest))
    const tally = createTally({ ...components, listMemory }, { counts: counted, names, mask: maskOf(mask) })
    await tally.records.load(some, [], [])
    for (const row of some) if (tally.records.add(row, row.sequence) !== undefined) written++
    const entries = Map.groupBy(some, ({ set }) => set)
    const grown: Operation[] = []
    for (const [set, rows] of entries) grown.push(...(await growTree(trees, set, rows.map(entryOf))))
    await database.write([...tally.records.operations(), ...grown], { sync: false })
    tally.names.adopt()
    newest = some.at(-1)?.sequence ?? newest
  }
  for await (const [, arrival] of earlierRows(database, 'arrival')) {
    ids.push(toHex(decodeRow<[Uint8Array]>(arrival)[0]))
    if (ids.length >= step) await write()
  }
  await write()
  if (written !== counts.records) throw damaged(`expected ${counts.records} records, found ${written}`)
}

async function writeControlTrees(database: Database, trees: TreeCache, step: number): Promise<void> {
  for (const set of ['control', 'register'] as const) {
    let added: Entry[] = []
    const write = async (): Promise<void> => {
      await database.write(await growTree(trees, set, added), { sync: false })
      added = []
    }
    for await (const [key] of earlierRows(database, 'controlIds')) {
      const [of, id = ''] = key.split('/')
      if (of === set) added.push({ hour: 0, id: fromHex(id) })
      if (added.length >= step) await write()
    }
    await write()
  }
}

/** The rows that more entries make of a tree. Leaves of earlier schemas were larger, so that no tree is taken over. */
async function growTree(
  trees: TreeCache,
  set: SyncSet,
  added: readonly Entry[],
): Promise<readonly Operation[]> {
  const { nodes } = await updateTree(nativeCrypto, readerOf(trees, set), { added, removed: [] })
  trees.update(set, nodes)
  return [...nodes].map(([path, node]) => ({
    table: 'tree',
    key: nodeKey(set, path),
    value: node === undefined ? undefined : encodeNode(node),
  }))
}

function entryOf({ id, hlc }: RecordRow): Entry {
  return { hour: Math.floor(hlcTime(hlc) / MS_PER_HOUR), id: fromHex(id) }
}

async function recordsOf(
  database: Database,
  ids: readonly Hex[],
): Promise<readonly (RecordRow & { readonly sequence: number })[]> {
  const rows = await database.named(ids.map((id) => earlierName('records', id)))
  return rows.map((row, i) => {
    const id = ids[i] as Hex
    if (row === undefined) throw damaged(`record ${id} is missing`)
    return { id, ...decodeEarlierRecord(row) }
  })
}

async function stateRow<T>(
  database: Pick<Database, 'named'>,
  key: string,
  decode: (row: Uint8Array) => T,
): Promise<T | undefined> {
  const [row] = await database.named([earlierName('state', key)])
  return row === undefined ? undefined : decode(row)
}

const MS_PER_HOUR = 3_600_000
const CACHED_BYTES: number = 16 * 1024 * 1024
const FIRST = new Uint8Array()
