import { type Entry, hlcTime, type SyncSet } from '@intelmesh/protocol'
import type { Draft } from './draft.ts'
import type { Operation } from './database.ts'
import { headerIndexRows, recordIndexRows } from './index-rows.ts'
import type { ControlRow, HeaderRow, Hex, QuarantineRow, RecordRow, StoreChanges } from './interface.ts'
import { orderKey } from './keys.ts'
import { decodeNumber, encodeNumber, fromHex, joinHashes, toHex } from './row-encoding.ts'
import { scrubRow } from './scrub-rows.ts'
import { decodeControlRow, decodeRecord, encodeControlRow, encodeHeader, encodeRecord } from './rows.ts'
import { type Counts } from './state-rows.ts'
import type { TableName } from './tables.ts'

/** What a group of change sets has come to besides the rows in its draft. */
export interface Tally {
  counts: Counts
  /** By set and id, what the last change made of an entry. */
  readonly entries: Map<SyncSet, Map<Hex, { readonly entry: Entry; readonly isHeld: boolean }>>
  readonly quarantine: QuarantineRow[]
}

/** The tally of an empty group, on top of the counts so far. */
export function createTally(counts: Counts): Tally {
  return { counts, entries: new Map(), quarantine: [] }
}

/** Puts one change set into the draft, on top of those that are in it. The order within a set: headers, records, erasures, removals, the rest. */
export async function applyChanges(draft: Draft, tally: Tally, changes: StoreChanges): Promise<void> {
  await loadRows(draft, changes)
  for (const row of changes.headers ?? []) addHeader(draft, tally, row)
  for (const row of changes.records ?? []) addRecord(draft, tally, row)
  for (const id of changes.erased ?? []) scrub(draft, tally, removeRecord(draft, tally, id))
  for (const id of changes.removed ?? []) removeRecord(draft, tally, id)
  for (const row of changes.headers ?? []) keepLeafHashes(draft, row)
  for (const key of changes.controlRemoved ?? []) removeControl(draft, tally, key)
  for (const row of changes.control ?? []) putControl(draft, tally, row)
  for (const hash of changes.log ?? []) appendToLog(draft, tally, hash)
  for (const [name, value] of Object.entries(changes.meta ?? {})) putOrDelete(draft, 'meta', name, value)
  for (const [key, value] of Object.entries(changes.ledger ?? {})) {
    putOrDelete(draft, 'ledger', key, value === undefined ? undefined : Buffer.from(JSON.stringify(value)))
  }
  if ((changes.erased ?? []).length > 0) scrub(draft, tally, ledgerDeletions(changes))
  tally.quarantine.push(...(changes.quarantine ?? []))
}

async function loadRows(
  draft: Draft,
  { headers = [], records = [], removed = [], erased = [], ...rest }: StoreChanges,
): Promise<void> {
  await draft.load(
    'headers',
    headers.map(({ hash }) => hash),
  )
  const gone = [...removed, ...erased]
  await draft.load('records', [...records.map(({ id }) => id), ...gone])
  const heldRows = gone.flatMap((id) => draft.get('records', id) ?? []).map((row) => decodeRecord('', row))
  await draft.load('held', [
    ...headers.map(({ hash }) => hash),
    ...[...records, ...heldRows].map(({ header }) => header),
  ])
  await draft.load('control', [...(rest.controlRemoved ?? []), ...(rest.control ?? []).map(({ key }) => key)])
  await draft.load('logIndex', (rest.log ?? []).map(toHex))
  const oldSets = [...(rest.controlRemoved ?? []), ...(rest.control ?? []).map(({ key }) => key)].flatMap(
    (key) => {
      const row = draft.get('control', key)
      return row === undefined ? [] : (decodeControlRow(key, row).set ?? [])
    },
  )
  await draft.load(
    'controlIds',
    oldSets.map(({ name, id }) => controlIdKey(name, id)),
  )
}

function addHeader(draft: Draft, tally: Tally, row: HeaderRow): void {
  if (draft.get('headers', row.hash) !== undefined) return
  draft.put('headers', row.hash, encodeHeader(row))
  draft.append(headerIndexRows(row))
  add(tally, 'headers', 1)
}

/** Leaf hashes serve the proofs of the records that are held: without one they would stay for ever. */
function keepLeafHashes(draft: Draft, { hash, leafHashes }: HeaderRow): void {
  if (leafHashes !== undefined && draft.get('held', hash) !== undefined) {
    draft.put('leafHashes', hash, joinHashes(leafHashes.map(fromHex)))
  }
}

function addRecord(draft: Draft, tally: Tally, row: RecordRow): void {
  if (draft.get('records', row.id) !== undefined) return
  add(tally, 'records', 1)
  add(tally, 'sequence', 1)
  const { sequence } = tally.counts
  draft.put('records', row.id, encodeRecord(row, sequence))
  draft.append(recordIndexRows(row, sequence))
  const held = draft.get('held', row.header)
  draft.put('held', row.header, encodeNumber((held === undefined ? 0 : decodeNumber(held)) + 1))
  setEntry(tally, row.set, row.id, hourOf(row), true)
}

/** Gives the rows that it deletes. */
function removeRecord(draft: Draft, tally: Tally, id: Hex): readonly Operation[] {
  const bytes = draft.get('records', id)
  if (bytes === undefined) return []
  const row = decodeRecord(id, bytes)
  draft.delete('records', id)
  const deleted = recordIndexRows(row, row.sequence).map(({ table, key }) => ({
    table,
    key,
    value: undefined,
  }))
  draft.append(deleted)
  const held = decodeNumber(draft.get('held', row.header) ?? encodeNumber(1)) - 1
  if (held > 0) draft.put('held', row.header, encodeNumber(held))
  else {
    draft.delete('held', row.header)
    draft.delete('leafHashes', row.header)
  }
  add(tally, 'records', -1)
  setEntry(tally, row.set, id, hourOf(row), false)
  return [{ table: 'records', key: id, value: undefined }, ...deleted]
}

function ledgerDeletions({ ledger = {} }: StoreChanges): readonly Operation[] {
  return Object.entries(ledger).flatMap(([key, value]) =>
    value === undefined ? [{ table: 'ledger', key, value }] : [],
  )
}

/** Notes deleted rows in the same batch, so that a crash does not leave them in the files for good. */
function scrub(draft: Draft, { counts }: Tally, deleted: readonly Operation[]): void {
  draft.append(deleted.map(({ table, key }) => scrubRow(counts.commit + 1, { table, from: key, to: key })))
}

function putControl(draft: Draft, tally: Tally, row: ControlRow): void {
  removeControl(draft, tally, row.key)
  draft.put('control', row.key, encodeControlRow(row))
  if (row.set === undefined) return
  draft.put('controlIds', controlIdKey(row.set.name, row.set.id), Buffer.from(row.key))
  setEntry(tally, row.set.name, row.set.id, 0, true)
}

function removeControl(draft: Draft, tally: Tally, key: string): void {
  const bytes = draft.get('control', key)
  if (bytes === undefined) return
  draft.delete('control', key)
  const { set } = decodeControlRow(key, bytes)
  if (set === undefined) return
  const idKey = controlIdKey(set.name, set.id)
  const holder = draft.get('controlIds', idKey)
  // Another row may have taken the id over since.
  if (holder === undefined || Buffer.from(holder).toString() !== key) return
  draft.delete('controlIds', idKey)
  setEntry(tally, set.name, set.id, 0, false)
}

function appendToLog(draft: Draft, tally: Tally, hash: Uint8Array): void {
  const index = tally.counts.log
  draft.put('log', orderKey(index), hash)
  if (draft.get('logIndex', toHex(hash)) === undefined)
    draft.put('logIndex', toHex(hash), encodeNumber(index))
  add(tally, 'log', 1)
}

/** The key of the table `controlIds`. */
export function controlIdKey(set: SyncSet, id: Hex): string {
  return `${set}/${id}`
}

function hourOf({ hlc }: RecordRow): number {
  return Math.floor(hlcTime(hlc) / MS_PER_HOUR)
}

function setEntry({ entries }: Tally, set: SyncSet, id: Hex, hour: number, isHeld: boolean): void {
  const ofSet = entries.get(set) ?? new Map<Hex, { entry: Entry; isHeld: boolean }>()
  entries.set(set, ofSet.set(id, { entry: { hour, id: fromHex(id) }, isHeld }))
}

function add(tally: Tally, name: keyof Counts, by: number): void {
  tally.counts = { ...tally.counts, [name]: tally.counts[name] + by }
}

function putOrDelete(draft: Draft, table: TableName, key: string, value: Uint8Array | undefined): void {
  if (value === undefined) draft.delete(table, key)
  else draft.put(table, key, value)
}

const MS_PER_HOUR = 3_600_000
