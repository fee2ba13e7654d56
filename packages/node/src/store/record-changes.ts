import { type Cell, flagsOf } from './cells.ts'
import type { Database, Operation } from './database.ts'
import { addHeld, removeHeld } from './held.ts'
import type { Hex, RecordRow } from './interface.ts'
import { orderKey } from './keys.ts'
import type { ListDraft, ListNumbers } from './lists.ts'
import type { Mask } from './mask.ts'
import type { NameOverlay } from './names.ts'
import { placesOf } from './places.ts'
import type { PostingDraft, PostingPlace } from './posting-draft.ts'
import { decodeRecord, encodeRecord } from './record-row.ts'
import { fromHex } from './row-encoding.ts'
import { sequenceIn } from './record-reads.ts'
import type { Sidecar } from './sidecar/index.ts'
import type { TableName } from './tables.ts'
import { versionKey } from './versions.ts'

/** What records are put into, and taken out of, in one batch. */
export interface RecordDraft {
  /**
   * Reads what the other methods are going to ask for: rows that may be put in, ids that may be taken out, headers that may be asked
   * about.
   */
  load(rows: readonly RecordRow[], gone: readonly Hex[], headers: readonly Hex[]): Promise<void>
  /** Puts a record in, unless it is there. Gives whether it did. */
  add(row: RecordRow, sequence: number): boolean
  /**
   * Takes a record out, if it is there; gives it, and the rows that spoke of it. That of the header's leaf hashes is among them when it
   * has to go, and is left to the caller.
   */
  remove(id: Hex): { readonly record: RecordRow; readonly touched: readonly Touched[] } | undefined
  /** Whether any record is held under a header. */
  isHeaderHeld(header: Hex): boolean
  /** Follows up on what {@link remove} could not do without reading. */
  settle(): Promise<void>
  operations(): readonly Operation[]
}

/** A row that a change has written anew or deleted. */
export interface Touched {
  readonly table: TableName
  readonly key: Uint8Array
}

/** What records are drafted with. */
export interface RecordDraftComponents {
  readonly database: Pick<Database, 'getMany' | 'hasMany'>
  readonly names: NameOverlay
  readonly lists: ListDraft
  readonly postings: PostingDraft
  readonly mask: Mask
  readonly sidecar: Pick<Sidecar, 'mayHave'>
  /** The highest sequence on disk. */
  readonly newest: number
}

/** A draft over what is on disk. */
export function createRecordDraft(components: RecordDraftComponents): RecordDraft {
  const { database, names, lists, postings, mask, sidecar, newest } = components
  /** What is known to be held or not; of those that may be taken out, the record. */
  const known = new Map<Hex, Held | boolean>()
  /** Of a record like the one before, as those of a batch are, the same array: it need not be worked out or looked up again. */
  let numbersOfLast: { readonly row: RecordRow; readonly numbers: ListNumbers } | undefined
  const headersHeld = new Map<Hex, { row: Uint8Array | undefined; isChanged: boolean }>()
  /** Worked out once for each record. */
  const places = new Map<Hex, readonly PostingPlace[]>()
  const operations: Operation[] = []

  function placesFor(row: RecordRow): readonly PostingPlace[] {
    const found = places.get(row.id) ?? placesOf(row, mask)
    places.set(row.id, found)
    return found
  }

  function cellOf(row: RecordRow, sequence: number): Cell {
    return {
      sequence,
      flags: flagsOf(row.tlp, row.retracts.length > 0),
      type: row.stixType === undefined ? 0 : names.give('type', row.stixType),
      organisation: names.give('organisation', row.organisation),
    }
  }

  /** In the order of the kinds of lists. Types without a number share one. */
  function listsOf(row: RecordRow): ListNumbers {
    if (numbersOfLast !== undefined && isAlike(numbersOfLast.row, row)) return numbersOfLast.numbers
    const type = row.stixType === undefined ? 0 : names.give('type', row.stixType)
    const organisation = names.give('organisation', row.organisation)
    const numbers = [0, type, organisation, names.give('author', row.author), row.expires]
    numbersOfLast = { row, numbers }
    return numbers
  }

  async function loadGone(gone: readonly Hex[]): Promise<readonly Held[]> {
    const sequences = (await database.getMany('ids', gone.map(fromHex))).map(sequenceIn)
    const rows = await database.getMany(
      'records',
      sequences.flatMap((sequence) => (sequence === undefined ? [] : orderKey(sequence))),
    )
    let i = 0
    for (const [at, id] of gone.entries()) {
      const sequence = sequences[at]
      const row = sequence === undefined ? undefined : rows[i++]
      const isHeld = sequence !== undefined && row !== undefined
      known.set(id, isHeld && { sequence, row: { id, ...decodeRecord(row) } })
    }
    return gone.flatMap((id) => {
      const record = known.get(id)
      return typeof record === 'object' ? record : []
    })
  }

  async function loadHeaders(headers: Iterable<Hex>): Promise<void> {
    const missing = [...new Set(headers)].filter((header) => !headersHeld.has(header))
    const rows = await database.getMany('held', missing.map(fromHex))
    for (const [i, header] of missing.entries()) headersHeld.set(header, { row: rows[i], isChanged: false })
  }

  async function loadPlaces(rows: readonly RecordRow[], leaving: readonly Held[]): Promise<void> {
    const wanted: PostingPlace[] = leaving.flatMap(({ row }) => placesFor(row))
    for (const row of rows) {
      // The places of observables come first, in their order; a value that is new costs no read.
      for (const place of placesFor(row)) {
        if (place.value !== undefined && !sidecar.mayHave(place.value)) postings.assumeNone(place)
        else wanted.push(place)
      }
    }
    await postings.load(wanted)
  }

  function changeHeld(header: Hex, change: (row: Uint8Array | undefined) => Uint8Array | undefined): boolean {
    const entry = headersHeld.get(header)
    if (entry === undefined) throw new RangeError('row of held used before it was loaded')
    entry.row = change(entry.row)
    entry.isChanged = true
    return entry.row !== undefined
  }

  return {
    async load(rows, gone, headers) {
      const leaving = await loadGone([...new Set(gone)])
      const unknown = [...new Set(rows.map(({ id }) => id))].filter((id) => !known.has(id))
      const there = await database.hasMany('ids', unknown.map(fromHex))
      for (const [i, id] of unknown.entries()) known.set(id, there[i] === true)
      const fresh = rows.filter(({ id }) => known.get(id) !== true)
      const changing = [...fresh, ...leaving.map(({ row }) => row)]
      await loadHeaders([...headers, ...changing.map(({ header }) => header)])
      await lists.load([
        ...fresh.map((row) => [listsOf(row), newest] as const),
        ...leaving.map(({ row, sequence }) => [listsOf(row), sequence] as const),
      ])
      await loadPlaces(fresh, leaving)
    },
    add(row, sequence) {
      if (known.get(row.id) !== false) return false
      known.set(row.id, { row, sequence })
      const cell = cellOf(row, sequence)
      operations.push(
        { table: 'ids', key: fromHex(row.id), value: orderKey(sequence) },
        { table: 'records', key: orderKey(sequence), value: encodeRecord(row) },
      )
      if (row.stixId !== undefined)
        operations.push({
          table: 'versions',
          key: versionKey(mask, row.stixId, row.stixVersion, cell),
          value: Uint8Array.of(cell.flags, cell.type >> 8, cell.type & 0xff),
        })
      lists.add(listsOf(row), cell)
      changeHeld(row.header, (runs) => addHeld(runs, sequence))
      for (const place of placesFor(row)) postings.add(place, cell)
      return true
    },
    remove(id) {
      const held = known.get(id)
      if (typeof held !== 'object') return undefined
      known.set(id, false)
      const { row: record, sequence } = held
      const cell = cellOf(record, sequence)
      const header = fromHex(record.header)
      const deleted: Touched[] = [
        { table: 'ids', key: fromHex(id) },
        { table: 'records', key: orderKey(sequence) },
      ]
      if (record.stixId !== undefined)
        deleted.push({ table: 'versions', key: versionKey(mask, record.stixId, record.stixVersion, cell) })
      const isHeld = changeHeld(record.header, (runs) => removeHeld(runs, sequence))
      for (const row of deleted) operations.push({ ...row, value: undefined })
      const windows = lists.remove(listsOf(record), sequence)
      for (const place of placesFor(record)) postings.remove(place, cell)
      const touched: Touched[] = [
        ...deleted,
        { table: 'held', key: header },
        ...(isHeld ? [] : [{ table: 'leafHashes', key: header } as const]),
        ...windows.map((key) => ({ table: 'lists', key }) as const),
        ...placesFor(record),
      ]
      return { record, touched }
    },
    isHeaderHeld: (header) => headersHeld.get(header)?.row !== undefined,
    settle: () => postings.settle(),
    operations: () => [
      ...operations,
      ...[...headersHeld].flatMap(([header, { row, isChanged }]) =>
        isChanged ? [{ table: 'held' as const, key: fromHex(header), value: row }] : [],
      ),
      ...lists.operations(),
      ...postings.operations(),
      ...names.operations,
    ],
  }
}

interface Held {
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
