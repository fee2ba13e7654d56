import { type Cell, encodeCell } from './cells.ts'
import type { Database, Operation, SealedRow } from './database.ts'
import { createOverflowDraft } from './overflow.ts'
import { type RowArena, sealedIn } from './row-arena.ts'
import { addCount, isOverfull, type PostingRow, readPostings, spill, writePostings } from './postings.ts'

/** A row of a table that says which records name something. */
export interface PostingPlace {
  readonly table: 'values' | 'references' | 'targets'
  readonly key: Uint8Array
  /** Tells it from all others. */
  readonly name: string
}

/** Rows of postings as a batch is going to leave them. */
export interface PostingDraft {
  /** Reads rows that are going to be changed. */
  load(places: Iterable<PostingPlace>): Promise<void>
  /** Says that there is no such row on disk: as good as to load it. */
  assumeNone(place: PostingPlace): void
  add(place: PostingPlace, cell: Cell): void
  remove(place: PostingPlace, cell: Cell): void
  /** Follows up on what was taken out of rows that do not list it, or no longer list anything of an organisation. */
  settle(): Promise<void>
  operations(arena: RowArena): readonly (Operation | SealedRow)[]
  /** Rows that were changed, as they were and as they are. */
  changed(): Iterable<ChangedRow>
}

/** A row before a batch and after it. */
export interface ChangedRow {
  readonly place: PostingPlace
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array | undefined
}

/** Postings over what is on disk. */
export function createPostingDraft(database: Pick<Database, 'entries' | 'getMany'>): PostingDraft {
  const rows = new Map<string, Row>()
  const overflow = createOverflowDraft(database)
  const unlisted: { readonly place: PostingPlace; readonly cell: Cell }[] = []
  /** Rows that may no longer list anything of an organisation. */
  const thinned = new Map<string, { readonly place: PostingPlace; readonly organisation: number }>()

  function rowOf({ table, name }: PostingPlace): Row {
    const row = rows.get(name)
    if (row === undefined) throw new RangeError(`row of ${table} used before it was loaded`)
    return row
  }

  function put(place: PostingPlace, row: PostingRow): void {
    const held = rowOf(place)
    held.after = writePostings(row)
    held.room = undefined
    held.isChanged = true
  }

  /** Lists the newest block of an organisation of which nothing is listed any more. */
  async function refill(place: PostingPlace, organisation: number): Promise<void> {
    const { listed, counts } = readPostings(rowOf(place).after)
    const isListed = listed.some((cell) => cell.organisation === organisation)
    if (isListed || !counts.some((count) => count.organisation === organisation)) return
    const cells = await overflow.takeNewest({ ...place, organisation })
    put(place, {
      listed: [...listed, ...cells].toSorted((a, b) => a.sequence - b.sequence),
      counts: cells.reduce((rest, cell) => addCount(rest, cell, -1), counts),
    })
  }

  return {
    async load(places) {
      const missing = new Map<string, PostingPlace>()
      for (const place of places) if (!rows.has(place.name)) missing.set(place.name, place)
      await Promise.all(
        [...Map.groupBy(missing.values(), ({ table }) => table)].map(async ([table, wanted]) => {
          const found = await database.getMany(
            table,
            wanted.map(({ key }) => key),
          )
          for (const [i, place] of wanted.entries()) rows.set(place.name, rowAsFound(place, found[i]))
        }),
      )
    },
    assumeNone(place) {
      if (!rows.has(place.name)) rows.set(place.name, rowAsFound(place, undefined))
    },
    add(place, cell) {
      const held = rowOf(place)
      const after = append(held, encodeCell(cell))
      if (!isOverfull(after)) return
      const { row, spilled } = spill(readPostings(after))
      put(place, row)
      for (const { organisation, cells } of spilled) overflow.put({ ...place, organisation }, cells)
    },
    remove(place, cell) {
      const { listed, counts } = readPostings(rowOf(place).after)
      const left = listed.filter(({ sequence }) => sequence !== cell.sequence)
      if (left.length < listed.length) put(place, { listed: left, counts })
      else {
        put(place, { listed, counts: addCount(counts, cell, -1) })
        unlisted.push({ place, cell })
      }
      const { organisation } = cell
      if (counts.length > 0) thinned.set(`${organisation} ${place.name}`, { place, organisation })
    },
    async settle() {
      for (const { place, cell } of unlisted)
        await overflow.remove({ ...place, organisation: cell.organisation }, cell.sequence)
      for (const { place, organisation } of thinned.values()) await refill(place, organisation)
    },
    operations(arena) {
      const operations: (Operation | SealedRow)[] = [...overflow.operations()]
      for (const { place, after, isChanged } of rows.values()) {
        const { table, key } = place
        if (!isChanged) continue
        if (after === undefined) operations.push({ table, key, value: undefined })
        else operations.push(sealedIn(arena, table, key, after))
      }
      return operations
    },
    *changed() {
      for (const row of rows.values()) if (row.isChanged) yield row
    },
  }
}

interface Row {
  readonly place: PostingPlace
  readonly before: Uint8Array | undefined
  after: Uint8Array | undefined
  /** Memory that `after` lies at the beginning of, where cells were put behind it. */
  room: Uint8Array | undefined
  isChanged: boolean
}

/** Lists one more record, the newest. A row of a popular value grows by hundreds in one batch, and is not copied for each. */
function append(row: Row, cell: Uint8Array): Uint8Array {
  row.isChanged = true
  if (row.after === undefined) return (row.after = cell)
  const length = row.after.length + cell.length
  if (row.room === undefined || row.room.length < length) {
    row.room = new Uint8Array(ROOM * length)
    row.room.set(row.after)
  }
  row.room.set(cell, row.after.length)
  return (row.after = row.room.subarray(0, length))
}

/** How much larger the memory of a row is than what is in it, when it is new. */
const ROOM = 4

function rowAsFound(place: PostingPlace, row: Uint8Array | undefined): Row {
  return { place, before: row, after: row, room: undefined, isChanged: false }
}
