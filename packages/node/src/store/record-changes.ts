import { type Cell, flagsOf } from './cells.ts'
import type { Database, Operation, SealedRow } from './database.ts'
import { addToRuns, removeFromRuns, type Run, runsOf, writeRuns } from './held.ts'
import type { Hex, RecordRow } from './interface.ts'
import { ORDER_BYTES, orderKey } from './keys.ts'
import type { ListDraft, ListNumbers } from './lists.ts'
import type { Mask } from './mask.ts'
import type { NameOverlay } from './names.ts'
import { placesOf } from './places.ts'
import type { PostingDraft, PostingPlace } from './posting-draft.ts'
import { decodeRecord, writeRecord } from './record-row.ts'
import type { RowArena } from './row-arena.ts'
import { fromHex, fromHexes, toHex } from './row-encoding.ts'
import { sequenceIn } from './record-reads.ts'
import type { Sidecar } from './sidecar/index.ts'
import type { TableName } from './tables.ts'
import { type Version, versionKey, writeVersion } from './versions.ts'

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
export interface Removed {
  readonly record: RecordRow
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
  /** The highest sequence on disk. */
  readonly newest: number
}

/** A draft over what is on disk. */
export function createRecordDraft(components: RecordDraftComponents): RecordDraft {
  const { database, names, lists, postings, mask, sidecar, arena, newest } = components
  /** What has been asked about. */
  const known = new Map<Hex, Known>()
  const headersHeld = new Map<Hex, { readonly runs: Run[]; isChanged: boolean }>()
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
      const entry: Known = { id: bytes[i] as Uint8Array, isHeld: false, place: undefined, places: undefined }
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
    const held = entries.filter((_, i) => rows[i] !== undefined)
    const sequences = rows.flatMap((row) => sequenceIn(row) ?? [])
    const records = await database.getMany('records', sequences.map(orderKey))
    return held.flatMap((entry, i) => {
      const record = records[i]
      if (record === undefined) return []
      entry.isHeld = true
      entry.place = {
        sequence: sequences[i] as number,
        row: { id: toHex(entry.id), ...decodeRecord(record) },
      }
      return { entry, ...entry.place }
    })
  }

  async function loadIds(rows: readonly RecordRow[]): Promise<void> {
    const entries = introduce(rows.map(({ id }) => id))
    const sequences = await database.getMany(
      'ids',
      entries.map(({ id }) => id),
    )
    for (const [i, entry] of entries.entries()) entry.isHeld = sequences[i] !== undefined
  }

  async function loadHeaders(headers: Iterable<Hex>): Promise<void> {
    const missing = [...new Set(headers)].filter((header) => !headersHeld.has(header))
    const rows = await database.getMany('held', missing.map(fromHex))
    for (const [i, header] of missing.entries())
      headersHeld.set(header, { runs: runsOf(rows[i]), isChanged: false })
  }

  function runsUnder(header: Hex): Run[] {
    const entry = headersHeld.get(header)
    if (entry === undefined) throw new RangeError('row of held used before it was loaded')
    entry.isChanged = true
    return entry.runs
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
        loadHeaders([
          ...headers,
          ...rows.map(({ header }) => header),
          ...leaving.map(({ row }) => row.header),
        ]),
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
      operations.push(idRow(arena, entry.id, sequence), writeRecord(arena, row, sequence))
      const version = versionOf(row, cell)
      if (version !== undefined) operations.push(writeVersion(arena, mask, version))
      lists.add(listsOf(row), cell)
      addToRuns(runsUnder(row.header), sequence)
      for (const place of placesFor(entry, row)) postings.add(place, cell)
      return entry.id
    },
    remove(id) {
      const entry = known.get(id)
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
      const runs = runsUnder(record.header)
      removeFromRuns(runs, sequence)
      const windows = lists.remove(listsOf(record), sequence)
      const places = placesFor(entry, record)
      for (const place of places) postings.remove(place, cell)
      const touched: Touched[] = [
        ...deleted,
        { table: 'held', key: header },
        ...(runs.length > 0 ? [] : [{ table: 'leafHashes', key: header } as const]),
        ...windows.map((key) => ({ table: 'lists', key }) as const),
        ...places,
      ]
      return { record, id: entry.id, touched }
    },
    isHeaderHeld: (header) => (headersHeld.get(header)?.runs.length ?? 0) > 0,
    settle: () => postings.settle(),
    operations: () => [
      ...operations,
      ...[...headersHeld].flatMap(([header, { runs, isChanged }]) =>
        isChanged ? [{ table: 'held' as const, key: fromHex(header), value: writeRuns(runs) }] : [],
      ),
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
  /** Worked out once. */
  places: readonly PostingPlace[] | undefined
}

interface Held {
  readonly entry: Known
  readonly row: RecordRow
  readonly sequence: number
}

function idRow(arena: RowArena, id: Uint8Array, sequence: number): SealedRow {
  arena.begin('ids', id.length + ORDER_BYTES)
  arena.put(id)
  arena.endKey()
  arena.number(sequence, ORDER_BYTES)
  return arena.end()
}

function versionOf({ stixId, stixVersion }: RecordRow, cell: Cell): Version | undefined {
  return stixId === undefined ? undefined : { ...cell, stixId, stixVersion }
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
