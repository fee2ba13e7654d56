import type { Observable } from '@intelmesh/stix'
import { type Cell, flagsOf } from './cells.ts'
import type { Draft } from './draft.ts'
import { addHeld, removeHeld } from './held.ts'
import type { Hex, RecordRow, StoredRecord } from './interface.ts'
import {
  joinKeys,
  numberKey,
  ORDER_BYTES,
  orderKey,
  readNumber,
  textKey,
  TIME_BYTES,
  timeNumber,
} from './keys.ts'
import type { List, ListDraft } from './lists.ts'
import type { NameOverlay } from './names.ts'
import { observableKey } from './observable-keys.ts'
import type { PostingDraft, PostingPlace } from './posting-draft.ts'
import { decodeRecord, encodeRecord } from './record-row.ts'
import { fromHex } from './row-encoding.ts'
import type { TableName } from './tables.ts'
import type { Mask } from './mask.ts'

/** What records are put into, and taken out of, in one batch. */
export interface RecordDraft {
  readonly draft: Draft
  readonly names: NameOverlay
  readonly lists: ListDraft
  readonly postings: PostingDraft
  readonly mask: Mask
  /** Records that the batch removes, or may, as they are held. */
  readonly held: Map<Hex, StoredRecord>
  /** Rows of postings of each record, worked out once. */
  readonly places: Map<Hex, readonly PostingPlace[]>
}

/** A row that a change has written anew or deleted. */
export interface Touched {
  readonly table: TableName
  readonly key: Uint8Array
}

/** Loads what {@link addRecord} and {@link removeRecord} are going to ask for. No record on disk has a sequence beyond `newest`. */
export async function loadRecords(
  records: RecordDraft,
  rows: readonly RecordRow[],
  gone: readonly Hex[],
  newest: number,
): Promise<void> {
  const { draft, names, lists } = records
  await draft.load('ids', [...rows.map(({ id }) => id), ...gone].map(fromHex))
  const sequences = gone.flatMap((id) => sequenceIn(draft.get('ids', fromHex(id))) ?? [])
  await draft.load('records', sequences.map(orderKey))
  for (const id of gone) {
    const sequence = sequenceIn(draft.get('ids', fromHex(id)))
    const row = sequence === undefined ? undefined : draft.get('records', orderKey(sequence))
    if (sequence !== undefined && row !== undefined)
      records.held.set(id, { id, sequence, ...decodeRecord(row) })
  }
  const held = [...records.held.values()]
  const leaving = new Set(gone)
  const fresh = rows.filter(({ id }) => leaving.has(id) || draft.get('ids', fromHex(id)) === undefined)
  await draft.load('held', new Set([...fresh, ...held].map(({ header }) => header)).values().map(fromHex))
  await draft.load('lists', [
    ...fresh.flatMap((row) => lists.keys(listsOf(row, names), newest)),
    ...held.flatMap((row) => lists.keys(listsOf(row, names), row.sequence)),
  ])
  const places = [...fresh, ...held].flatMap((row) => knownPlaces(records, row))
  for (const table of ['values', 'references', 'targets'] as const)
    await draft.load(
      table,
      places.flatMap((place) => (place.table === table ? [place.key] : [])),
    )
}

/** Puts a record in, unless it is there. Gives whether it did. */
export function addRecord(records: RecordDraft, row: RecordRow, sequence: number): boolean {
  const { draft, names, lists, postings, mask } = records
  const id = fromHex(row.id)
  if (draft.get('ids', id) !== undefined) return false
  const cell = cellOf(row, sequence, names)
  draft.put('ids', id, orderKey(sequence))
  draft.append({ table: 'records', key: orderKey(sequence), value: encodeRecord(row) })
  lists.add(listsOf(row, names), cell)
  const header = fromHex(row.header)
  draft.put('held', header, addHeld(draft.get('held', header), sequence))
  const version = versionKey(row, cell, mask)
  if (version !== undefined)
    draft.append({
      table: 'versions',
      key: version,
      value: Uint8Array.of(cell.flags, cell.type >> 8, cell.type & 0xff),
    })
  for (const place of knownPlaces(records, row)) postings.add(place, cell)
  records.held.set(row.id, { ...row, sequence })
  return true
}

/** Takes a record out, if it is there; gives it, and the rows that spoke of it. */
export function removeRecord(
  records: RecordDraft,
  id: Hex,
): { readonly record: StoredRecord; readonly touched: readonly Touched[] } | undefined {
  const { draft, names, lists, postings, mask } = records
  const record = records.held.get(id)
  if (record === undefined) return undefined
  records.held.delete(id)
  const { sequence } = record
  const cell = cellOf(record, sequence, names)
  const header = fromHex(record.header)
  const touched: Touched[] = [
    { table: 'ids', key: fromHex(id) },
    { table: 'records', key: orderKey(sequence) },
    { table: 'held', key: header },
  ]
  draft.delete('ids', fromHex(id))
  draft.append({ table: 'records', key: orderKey(sequence), value: undefined })
  for (const key of lists.remove(listsOf(record, names), sequence)) touched.push({ table: 'lists', key })
  const left = removeHeld(draft.get('held', header), sequence)
  if (left === undefined) {
    draft.delete('held', header)
    draft.delete('leafHashes', header)
    touched.push({ table: 'leafHashes', key: header })
  } else draft.put('held', header, left)
  const version = versionKey(record, cell, mask)
  if (version !== undefined) {
    draft.append({ table: 'versions', key: version, value: undefined })
    touched.push({ table: 'versions', key: version })
  }
  for (const place of knownPlaces(records, record)) {
    postings.remove(place, cell)
    touched.push(place)
  }
  return { record, touched }
}

/** The sequence in a row of the table `ids`. */
export function sequenceIn(row: Uint8Array | undefined): number | undefined {
  return row === undefined ? undefined : readNumber(row, 0, ORDER_BYTES)
}

/** What begins the keys of all versions of an object, or of those of one organisation. */
export function versionPrefix(mask: Mask, stixId: string, organisation?: number): Uint8Array {
  const object = textKey(mask.bytes, stixId)
  return organisation === undefined ? object : joinKeys(object, numberKey(organisation, ORGANISATION_BYTES))
}

/** What a row of the table `versions` says. */
export function readVersion(key: Uint8Array, row: Uint8Array): Cell & { readonly version: number } {
  const at = key.length - ORDER_BYTES
  return {
    sequence: readNumber(key, at, ORDER_BYTES),
    version: readNumber(key, at - TIME_BYTES, TIME_BYTES),
    organisation: readNumber(key, at - TIME_BYTES - ORGANISATION_BYTES, ORGANISATION_BYTES),
    flags: row[0] as number,
    type: readNumber(row, 1, 2),
  }
}

/** Rows of postings in which a record stands, each once. */
export function placesOf(
  { observables, references, retracts }: Pick<RecordRow, 'observables' | 'references' | 'retracts'>,
  mask: Mask,
): readonly PostingPlace[] {
  if (observables.length === 1 && references.length + retracts.length === 0)
    return [valuePlace(observables[0] as Observable, mask)]
  const places = [
    ...observables.map((observable) => valuePlace(observable, mask)),
    ...references.map((stixId) => referencePlace(stixId, mask)),
    ...retracts.map((id): PostingPlace => ({ table: 'targets', key: fromHex(id) })),
  ]
  return [
    ...new Map(
      places.map((place) => [`${place.table} ${Buffer.from(place.key).toString('latin1')}`, place]),
    ).values(),
  ]
}

function knownPlaces({ places, mask }: RecordDraft, row: RecordRow): readonly PostingPlace[] {
  const known = places.get(row.id) ?? placesOf(row, mask)
  places.set(row.id, known)
  return known
}

/** The row of a value. */
export function valuePlace(observable: Observable, { values }: Mask): PostingPlace {
  return { table: 'values', key: observableKey(observable, values) }
}

/** The row of what is about an object. */
export function referencePlace(stixId: string, { bytes }: Mask): PostingPlace {
  return { table: 'references', key: textKey(bytes, stixId) }
}

function cellOf(row: RecordRow, sequence: number, names: NameOverlay): Cell {
  return {
    sequence,
    flags: flagsOf(row.tlp, row.retracts.length > 0),
    type: row.stixType === undefined ? 0 : names.give('type', row.stixType),
    organisation: names.give('organisation', row.organisation),
  }
}

/** The lists in which a record stands. */
function listsOf(row: RecordRow, names: NameOverlay): readonly List[] {
  return [
    { kind: 'all', number: 0 },
    // All those without a number are in one list.
    { kind: 'type', number: row.stixType === undefined ? 0 : names.give('type', row.stixType) },
    { kind: 'organisation', number: names.give('organisation', row.organisation) },
    { kind: 'author', number: names.give('author', row.author) },
    { kind: 'expiry', number: row.expires },
  ]
}

function versionKey({ stixId, stixVersion }: RecordRow, cell: Cell, mask: Mask): Uint8Array | undefined {
  if (stixId === undefined) return undefined
  const version = numberKey(timeNumber(stixVersion), TIME_BYTES)
  return joinKeys(versionPrefix(mask, stixId, cell.organisation), version, orderKey(cell.sequence))
}

const ORGANISATION_BYTES = 3
