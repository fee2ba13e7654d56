import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Entry, SyncSet } from '@intelmesh/protocol'
import { controlIdKey } from './control-reads.ts'
import type { Database, Operation } from './database.ts'
import type { Draft } from './draft.ts'
import type { ControlRow, HeaderRow, Hex, QuarantineRow, RecordRow, StoreChanges } from './interface.ts'
import { writeHeader, writeLeafHashes } from './header-rows.ts'
import { orderKey } from './keys.ts'
import type { ListMemory } from './list-memory.ts'
import { createListDraft, type ListDraft } from './lists.ts'
import type { NameOverlay } from './names.ts'
import { type ReadTree, treePlaceOf } from './lost-records.ts'
import { createPostingDraft, type PostingDraft } from './posting-draft.ts'
import { createRecordDraft, type RecordDraft, type Touched } from './record-changes.ts'
import { encodeNumber, fromHex } from './row-encoding.ts'
import { decodeControlRow, encodeControlRow } from './rows.ts'
import type { RowArena } from './row-arena.ts'
import { scrubRow } from './scrub-rows.ts'
import type { Sidecar } from './sidecar/index.ts'
import type { State } from './state.ts'
import type { Counts } from './state-rows.ts'
import type { TableName } from './tables.ts'

/** What a group of change sets has come to besides the rows in its draft. */
export interface Tally {
  readonly counts: { -readonly [Name in keyof Counts]: Counts[Name] }
  /** By set and id, what was of an entry before the group, and what the last change made of it. */
  readonly entries: Map<SyncSet, Map<Hex, ChangedEntry>>
  /** Sets of which something was erased. */
  readonly erasedFrom: Set<SyncSet>
  readonly quarantine: QuarantineRow[]
  /** Headers asked about that are there, or put in. */
  readonly headersThere: Set<Hex>
  readonly names: NameOverlay
  readonly lists: ListDraft
  readonly records: RecordDraft
  readonly postings: PostingDraft
  readonly arena: RowArena
  readonly database: Pick<Database, 'getMany'>
}

/** An entry of a set that a group put in or took out, or both. */
export interface ChangedEntry {
  readonly entry: Entry
  readonly wasHeld: boolean
  isHeld: boolean
}

/** What a group is applied to. */
export interface TallyComponents {
  readonly database: Database
  readonly sidecar: Pick<Sidecar, 'mayHaveKey'>
  readonly treeOf: ReadTree
  /** What the database has of lists. */
  readonly listMemory: ListMemory
  /** Where rows are written; what it held before is over. */
  readonly arena: RowArena
}

/** The tally of an empty group, on top of what is on disk. */
export function createTally(
  { database, sidecar, treeOf, listMemory, arena }: TallyComponents,
  state: Pick<State, 'counts' | 'names' | 'mask'>,
): Tally {
  const { counts, mask } = state
  const names = state.names.overlay()
  const newest = counts.sequence
  arena.clear()
  const lists = createListDraft(database, listMemory)
  const postings = createPostingDraft(database)
  const records = createRecordDraft({
    database,
    names,
    lists,
    postings,
    mask,
    sidecar,
    arena,
    treeOf,
    newest,
  })
  return {
    counts: { ...counts },
    entries: new Map(),
    headersThere: new Set(),
    arena,
    database,
    erasedFrom: new Set(),
    quarantine: [],
    names,
    lists,
    records,
    postings,
  }
}

/** Puts change sets into the draft, one on top of the other. What is on disk is read for all of them at once. */
export async function applyChanges(
  draft: Draft,
  tally: Tally,
  group: readonly StoreChanges[],
): Promise<void> {
  await loadRows(draft, tally, group)
  let since = 0
  for (const changes of group) {
    since += changes.records?.length ?? 0
    if (since > RECORDS_A_TURN) {
      await nextTurn()
      since = changes.records?.length ?? 0
    }
    applyOne(draft, tally, changes)
  }
  await tally.records.settle()
  for (const row of tally.records.operations()) draft.append(row)
}

/** Records that are put into a draft in some milliseconds. */
const RECORDS_A_TURN = 256

/** The order within a set: headers, records, erasures, removals, the rest. */
function applyOne(draft: Draft, tally: Tally, changes: StoreChanges): void {
  for (const row of changes.headers ?? []) addHeader(draft, tally, row)
  for (const row of changes.records ?? []) add(tally, row)
  for (const id of changes.erased ?? []) scrub(draft, tally, remove(draft, tally, id, true))
  for (const id of changes.removed ?? []) remove(draft, tally, id, false)
  for (const row of changes.headers ?? []) keepLeafHashes(draft, tally, row)
  for (const key of changes.controlRemoved ?? []) removeControl(draft, tally, key)
  for (const row of changes.control ?? []) putControl(draft, tally, row)
  for (const hash of changes.log ?? []) appendToLog(draft, tally, hash)
  for (const [name, value] of Object.entries(changes.meta ?? {}))
    putOrDelete(draft, 'meta', Buffer.from(name), value)
  for (const [key, value] of Object.entries(changes.ledger ?? {}))
    putOrDelete(
      draft,
      'ledger',
      Buffer.from(key),
      value === undefined ? undefined : Buffer.from(JSON.stringify(value)),
    )
  if ((changes.erased ?? []).length > 0) scrub(draft, tally, ledgerDeletions(changes))
  tally.quarantine.push(...(changes.quarantine ?? []))
}

async function loadRows(draft: Draft, tally: Tally, group: readonly StoreChanges[]): Promise<void> {
  const all = <T>(of: (changes: StoreChanges) => readonly T[] | undefined): T[] =>
    group.flatMap((changes) => of(changes) ?? [])
  const headers = all(({ headers: rows }) => rows).map(({ hash }) => hash)
  const gone = [...all(({ removed }) => removed), ...all(({ erased }) => erased)]
  // What is asked for in one turn is one read.
  await Promise.all([
    loadHeaders(tally, headers),
    draft.load(
      'logIndex',
      all(({ log }) => log),
    ),
    loadControl(draft, group),
    tally.records.load(
      all(({ records }) => records),
      gone,
      headers,
    ),
  ])
}

async function loadHeaders({ headersThere, database }: Tally, hashes: readonly Hex[]): Promise<void> {
  const rows = await database.getMany('headers', hashes.map(fromHex))
  for (const [i, hash] of hashes.entries()) if (rows[i] !== undefined) headersThere.add(hash)
}

async function loadControl(draft: Draft, group: readonly StoreChanges[]): Promise<void> {
  const rows = group.flatMap(({ control = [] }) => control)
  const keys = [...group.flatMap(({ controlRemoved = [] }) => controlRemoved), ...rows.map(({ key }) => key)]
  if (keys.length === 0) return
  await draft.load(
    'control',
    keys.map((key) => Buffer.from(key)),
  )
  const heldSets = keys.flatMap((key) => {
    const row = draft.get('control', Buffer.from(key))
    return row === undefined ? [] : (decodeControlRow(key, row).set ?? [])
  })
  const sets = [...heldSets, ...rows.flatMap(({ set }) => set ?? [])]
  await draft.load(
    'controlIds',
    sets.map(({ name, id }) => controlIdKey(name, id)),
  )
}

function addHeader(draft: Draft, tally: Tally, row: HeaderRow): void {
  if (tally.headersThere.has(row.hash)) return
  tally.headersThere.add(row.hash)
  for (const sealed of writeHeader(tally.arena, row)) draft.append(sealed)
  count(tally, 'headers', 1)
}

/** Leaf hashes serve the proofs of the records that are held: without one they would stay for ever. */
function keepLeafHashes(draft: Draft, { records, arena }: Tally, { hash, leafHashes }: HeaderRow): void {
  if (leafHashes !== undefined && records.isHeaderHeld(hash))
    draft.append(writeLeafHashes(arena, hash, leafHashes))
}

function add(tally: Tally, row: RecordRow): void {
  const id = tally.records.add(row, tally.counts.sequence + 1)
  if (id === undefined) return
  count(tally, 'records', 1)
  count(tally, 'sequence', 1)
  setEntry(tally, row.set, row.id, { hour: treePlaceOf(row).hour, id }, true, false)
}

/** Gives the rows that spoke of it. */
function remove(draft: Draft, tally: Tally, id: Hex, isErased: boolean): readonly Touched[] {
  const removed = tally.records.remove(id)
  if (removed === undefined) return []
  const { set, hour, touched } = removed
  count(tally, 'records', -1)
  setEntry(tally, set, id, { hour, id: removed.id }, false, true)
  for (const { table, key } of touched)
    if (table === 'leafHashes') draft.append({ table, key, value: undefined })
  if (isErased) tally.erasedFrom.add(set)
  return touched
}

function ledgerDeletions({ ledger = {} }: StoreChanges): readonly Touched[] {
  return Object.entries(ledger).flatMap(([key, value]) =>
    value === undefined ? [{ table: 'ledger', key: Buffer.from(key) } as const] : [],
  )
}

/** Notes rows in the same batch, so that a crash does not leave in the files for good what they said before. */
function scrub(draft: Draft, { counts }: Tally, touched: readonly Touched[]): void {
  for (const row of scrubsOf(counts, touched)) draft.append(row)
}

/** Notes for {@link scrub}. */
export function scrubsOf({ commit }: Counts, touched: readonly Touched[]): readonly Operation[] {
  return touched.map(({ table, key }) => scrubRow(commit + 1, table, key))
}

function putControl(draft: Draft, tally: Tally, row: ControlRow): void {
  removeControl(draft, tally, row.key)
  draft.put('control', Buffer.from(row.key), encodeControlRow(row))
  if (row.set === undefined) return
  const idKey = controlIdKey(row.set.name, row.set.id)
  const wasHeld = draft.get('controlIds', idKey) !== undefined
  draft.put('controlIds', idKey, Buffer.from(row.key))
  setEntry(tally, row.set.name, row.set.id, controlEntry(row.set.id), true, wasHeld)
}

function removeControl(draft: Draft, tally: Tally, key: string): void {
  const bytes = draft.get('control', Buffer.from(key))
  if (bytes === undefined) return
  draft.delete('control', Buffer.from(key))
  const { set } = decodeControlRow(key, bytes)
  if (set === undefined) return
  const idKey = controlIdKey(set.name, set.id)
  const holder = draft.get('controlIds', idKey)
  // Another row may have taken the id over since.
  if (holder === undefined || Buffer.from(holder).toString() !== key) return
  draft.delete('controlIds', idKey)
  setEntry(tally, set.name, set.id, controlEntry(set.id), false, true)
}

function appendToLog(draft: Draft, tally: Tally, hash: Uint8Array): void {
  const index = tally.counts.log
  draft.append({ table: 'log', key: orderKey(index), value: hash })
  if (draft.get('logIndex', hash) === undefined) draft.put('logIndex', hash, encodeNumber(index))
  count(tally, 'log', 1)
}

/** Control objects lie in one hour. */
function controlEntry(id: Hex): Entry {
  return { hour: 0, id: fromHex(id) }
}

function setEntry(
  { entries }: Tally,
  set: SyncSet,
  name: Hex,
  entry: Entry,
  isHeld: boolean,
  wasHeld: boolean,
): void {
  const ofSet = entries.get(set) ?? new Map<Hex, ChangedEntry>()
  entries.set(set, ofSet)
  const known = ofSet.get(name)
  if (known === undefined) ofSet.set(name, { entry, wasHeld, isHeld })
  else known.isHeld = isHeld
}

function count(tally: Tally, name: keyof Counts, by: number): void {
  tally.counts[name] += by
}

function putOrDelete(draft: Draft, table: TableName, key: Uint8Array, value: Uint8Array | undefined): void {
  if (value === undefined) draft.delete(table, key)
  else draft.put(table, key, value)
}
