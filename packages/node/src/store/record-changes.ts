import { type Cell, flagsOf } from './cells.ts'
import type { Database, Operation, SealedRow } from './database.ts'
import { damaged } from './errors.ts'
import { createHeldDraft } from './held.ts'
import type { Hex, RecordRow } from './interface.ts'
import { orderKey } from './keys.ts'
import type { ListDraft, ListNumbers } from './lists.ts'
import type { Mask } from './mask.ts'
import type { NameOverlay } from './names.ts'
import { placesOf } from './places.ts'
import type { PostingDraft, PostingPlace } from './posting-draft.ts'
import { decodeRecord, writeId, writeRecord } from './record-row.ts'
import type { RowArena } from './row-arena.ts'
import {
  findInTrees,
  type LostRecord,
  type ReadTree,
  recordRows,
  type TreePlace,
  treePlaceOf,
} from './lost-records.ts'
import { fromHex, fromHexes, toHex } from './row-encoding.ts'
import { sequenceIn } from './record-reads.ts'
import type { Sidecar } from './sidecar/index.ts'
import type { TableName } from './tables.ts'
import { versionKey, versionOf, writeVersion } from './versions.ts'

/** What records are put into, and taken out of, in one batch. */
export interface RecordDraft {
  /**
   * Reads what the other methods are going to ask for: rows that may be put in, ids that may be taken out, headers that may be asked
   * about.
   */
  load(rows: readonly RecordRow[], gone: readonly Hex[], headers: readonly Hex[]): Promise<void>
  /** Puts a record in, unless it is there. Gives the bytes of its id if it did. */
  add(row: RecordRow, sequence: number): Uint8Array | undefined
  /**
   * Takes a record out, if it is there; gives it, and the rows that spoke of it. That of the header's leaf hashes is among them when it
   * has to go, and is left to the caller.
   */
  remove(id: Hex): Removed | undefined
  /** Whether any record is held under a header. */
  isHeaderHeld(header: Hex): boolean
  /** Follows up on what {@link remove} could not do without reading. */
  settle(): Promise<void>
  operations(): readonly (Operation | SealedRow)[]
}

/** A record that was taken out, and the rows that spoke of it. */
export interface Removed extends TreePlace {
  /** 32 bytes. */
  readonly id: Uint8Array
  readonly touched: readonly Touched[]
}

/** A row that a change has written anew or deleted. */
export interface Touched {
  readonly table: TableName
  readonly key: Uint8Array
}

/** What records are drafted with. */
export interface RecordDraftComponents {
  readonly database: Pick<Database, 'getMany'>
  readonly names: NameOverlay
  readonly lists: ListDraft
  readonly postings: PostingDraft
  readonly mask: Mask
  readonly sidecar: Pick<Sidecar, 'mayHaveKey'>
  /** Where rows are written. */
  readonly arena: RowArena
  readonly treeOf: ReadTree
  /** The highest sequence on disk. */
  readonly newest: number
}

/** A draft over what is on disk. */
export function createRecordDraft(components: RecordDraftComponents): RecordDraft {
  const { database, names, lists, postings, mask, sidecar, arena, treeOf, newest } = components
  /** What has been asked about. */
  const known = new Map<Hex, Known>()
  const held = createHeldDraft(database)
  const operations: (Operation | SealedRow)[] = []
  /** Of a record like the one before, as those of a batch are, the same array: it need not be worked out or looked up again. */
  let last: { readonly row: RecordRow; readonly numbers: ListNumbers } | undefined

  function cellOf(row: RecordRow, sequence: number): Cell {
    const [, type = 0, organisation = 0] = listsOf(row)
    return { sequence, flags: flagsOf(row.tlp, row.retracts.length > 0), type, organisation }
  }

  /** In the order of the kinds of lists. Types without a number share one. */
  function listsOf(row: RecordRow): ListNumbers {
    if (last !== undefined && isAlike(last.row, row)) return last.numbers
    const type = row.stixType === undefined ? 0 : names.give('type', row.stixType)
    const organisation = names.give('organisation', row.organisation)
    const numbers = [0, type, organisation, names.give('author', row.author), row.expires]
    last = { row, numbers }
    return numbers
  }

  function placesFor(entry: Known, row: RecordRow): readonly PostingPlace[] {
    return (entry.places ??= placesOf(row, mask))
  }

  /** Those of `ids` that nothing was known of, once each. */
  function introduce(ids: Iterable<Hex>): readonly Known[] {
    const fresh = [...new Set(ids)].filter((id) => !known.has(id))
    const bytes = fromHexes(fresh)
    return fresh.map((id, i) => {
      const entry: Known = {
        id: bytes[i] as Uint8Array,
        isHeld: false,
        place: undefined,
        lost: undefined,
        places: undefined,
      }
      known.set(id, entry)
      return entry
    })
  }

  async function loadGone(gone: readonly Hex[]): Promise<readonly Held[]> {
    const entries = introduce(gone)
    const rows = await database.getMany(
      'ids',
      entries.map(({ id }) => id),
    )
    const there = entries.filter((_, i) => rows[i] !== undefined)
    const sequences = rows.flatMap((row) => sequenceIn(row) ?? [])
    const records = await recordRows(database, sequences)
    const found: Held[] = []
    for (const [i, entry] of there.entries()) {
      const record = records[i]
      const sequence = sequences[i] as number
      if (record === 'lost') await loadLost(entry, sequence)
      else if (record !== undefined) {
        entry.isHeld = true
        entry.place = { sequence, row: { id: toHex(entry.id), ...decodeRecord(record) } }
        found.push({ entry, ...entry.place })
      }
    }
    return found
  }

  /** Of a record that cannot be read, as much can go as is known without it. */
  async function loadLost(entry: Known, sequence: number): Promise<void> {
    const place = await findInTrees(treeOf, entry.id)
    if (place === undefined) throw damaged(`record ${toHex(entry.id)} is not as it was written`)
    await lists.load([[ALL_RECORDS, sequence]])
    entry.isHeld = true
    entry.lost = { ...place, sequence }
  }

  function removeLost(entry: Known, { set, hour, sequence }: LostRecord): Removed {
    entry.isHeld = false
    entry.lost = undefined
    const deleted: Touched[] = [
      { table: 'ids', key: entry.id },
      { table: 'records', key: orderKey(sequence) },
    ]
    for (const row of deleted) operations.push({ ...row, value: undefined })
    const windows = lists.remove(ALL_RECORDS, sequence).map((key) => ({ table: 'lists', key }) as const)
    return { set, hour, id: entry.id, touched: [...deleted, ...windows] }
  }

  async function loadIds(rows: readonly RecordRow[]): Promise<void> {
    const entries = introduce(rows.map(({ id }) => id))
    const sequences = await database.getMany(
      'ids',
      entries.map(({ id }) => id),
    )
    for (const [i, entry] of entries.entries()) entry.isHeld = sequences[i] !== undefined
  }

  async function loadPlaces(rows: readonly RecordRow[], leaving: readonly Held[]): Promise<void> {
    const wanted = leaving.flatMap(({ entry, row }) => placesFor(entry, row))
    for (const row of rows) {
      for (const place of placesFor(known.get(row.id) as Known, row)) {
        // A value that is new costs no read.
        if (place.table === 'values' && !sidecar.mayHaveKey(place.key)) postings.assumeNone(place)
        else wanted.push(place)
      }
    }
    await postings.load(wanted)
  }

  return {
    async load(rows, gone, headers) {
      const leaving = gone.length === 0 ? [] : await loadGone(gone)
      // What is asked for in one turn is one read: also of records that turn out to be held, which hardly ever come.
      await Promise.all([
        loadIds(rows),
        held.load([...headers, ...rows.map(({ header }) => header), ...leaving.map(({ row }) => row.header)]),
        lists.load([
          ...rows.map((row) => [listsOf(row), newest] as const),
          ...leaving.map(({ row, sequence }) => [listsOf(row), sequence] as const),
        ]),
        loadPlaces(rows, leaving),
      ])
    },
    add(row, sequence) {
      const entry = known.get(row.id)
      if (entry === undefined || entry.isHeld) return undefined
      entry.isHeld = true
      entry.place = { row, sequence }
      const cell = cellOf(row, sequence)
      operations.push(writeId(arena, entry.id, sequence), writeRecord(arena, row, sequence))
      const version = versionOf(row, cell)
      if (version !== undefined) operations.push(writeVersion(arena, mask, version))
      lists.add(listsOf(row), cell)
      held.add(row.header, sequence)
      for (const place of placesFor(entry, row)) postings.add(place, cell)
      return entry.id
    },
    remove(id) {
      const entry = known.get(id)
      if (entry?.lost !== undefined) return removeLost(entry, entry.lost)
      if (entry?.place === undefined || !entry.isHeld) return undefined
      entry.isHeld = false
      const { row: record, sequence } = entry.place
      const cell = cellOf(record, sequence)
      const header = fromHex(record.header)
      const version = versionOf(record, cell)
      const deleted: Touched[] = [
        { table: 'ids', key: entry.id },
        { table: 'records', key: orderKey(sequence) },
        ...(version === undefined ? [] : [{ table: 'versions', key: versionKey(mask, version) } as const]),
      ]
      for (const row of deleted) operations.push({ ...row, value: undefined })
      const isHeaderGone = !held.remove(record.header, sequence)
      const windows = lists.remove(listsOf(record), sequence)
      const places = placesFor(entry, record)
      for (const place of places) postings.remove(place, cell)
      const touched: Touched[] = [
        ...deleted,
        { table: 'held', key: header },
        ...(isHeaderGone ? [{ table: 'leafHashes', key: header } as const] : []),
        ...windows.map((key) => ({ table: 'lists', key }) as const),
        ...places,
      ]
      return { ...treePlaceOf(record), id: entry.id, touched }
    },
    isHeaderHeld: (header) => held.isHeld(header),
    settle: () => postings.settle(),
    operations: () => [
      ...operations,
      ...held.operations(arena),
      ...lists.operations(),
      ...postings.operations(arena),
      ...names.operations,
    ],
  }
}

/** What a draft knows of a record. */
interface Known {
  readonly id: Uint8Array
  isHeld: boolean
  /** Of what the batch puts in, or may take out. */
  place: { readonly row: RecordRow; readonly sequence: number } | undefined
  /** Of what may be taken out, and cannot be read. */
  lost: LostRecord | undefined
  /** Worked out once. */
  places: readonly PostingPlace[] | undefined
}

interface Held {
  readonly entry: Known
  readonly row: RecordRow
  readonly sequence: number
}

/** Whether two records stand in the same lists. */
function isAlike(a: RecordRow, b: RecordRow): boolean {
  return (
    a.author === b.author &&
    a.organisation === b.organisation &&
    a.stixType === b.stixType &&
    a.expires === b.expires
  )
}

/** The list of all records alone. */
const ALL_RECORDS: ListNumbers = [0]
