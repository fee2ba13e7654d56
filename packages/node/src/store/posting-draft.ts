import { type Cell, encodeCell } from './cells.ts'
import type { Database } from './database.ts'
import type { Draft } from './draft.ts'
import { joinKeys, numberKey, orderKey } from './keys.ts'
import {
  addCount,
  addPosting,
  isOverfull,
  joinCells,
  type PostingRow,
  readPostings,
  spill,
  splitCells,
  trailingSequence,
  writePostings,
} from './postings.ts'
import { TABLES } from './tables.ts'

/** A row that says which records name something. */
export interface PostingPlace {
  readonly table: 'values' | 'references' | 'targets'
  readonly key: Uint8Array
}

/** Rows of postings as a batch is going to leave them. They have to be loaded into the draft before they are changed. */
export interface PostingDraft {
  add(place: PostingPlace, cell: Cell): void
  remove(place: PostingPlace, cell: Cell): void
  /** Follows up on what was taken out of rows that do not list it, or no longer list anything of an organisation. */
  settle(): Promise<void>
  /** Rows of the table `values` that were changed, as they were and as they are. */
  changedValues(): Iterable<ChangedRow>
}

/** A row before a batch and after it. */
export interface ChangedRow {
  readonly key: Uint8Array
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array | undefined
}

/** Postings over a draft. */
export function createPostingDraft(database: Pick<Database, 'entries'>, draft: Draft): PostingDraft {
  /** Blocks that this draft has put into `overflow`, by what their keys begin with. */
  const fresh = new Map<string, Set<number>>()
  const unlisted: { readonly place: PostingPlace; readonly cell: Cell }[] = []
  const touched = new Map<string, { readonly place: PostingPlace; readonly organisation: number }>()

  const values = new Map<string, Omit<ChangedRow, 'after'>>()

  function rowOf({ table, key }: PostingPlace): Uint8Array | undefined {
    const row = draft.get(table, key)
    if (table !== 'values') return row
    const name = nameOf(key)
    if (!values.has(name)) values.set(name, { key, before: row })
    return row
  }

  function put({ table, key }: PostingPlace, row: PostingRow): void {
    const bytes = writePostings(row)
    if (bytes === undefined) draft.delete(table, key)
    else draft.put(table, key, bytes)
  }

  function putBlock(place: PostingPlace, organisation: number, cells: readonly Cell[]): void {
    const first = cells[0]?.sequence ?? 0
    const prefix = blockPrefix(place, organisation)
    const name = nameOf(prefix)
    fresh.set(name, (fresh.get(name) ?? new Set()).add(first))
    draft.put('overflow', joinKeys(prefix, orderKey(first)), joinCells(cells))
  }

  /** The key of the newest block whose first record is not beyond a sequence. */
  async function blockAt(prefix: Uint8Array, sequence: number): Promise<Uint8Array | undefined> {
    const staged = [...(fresh.get(nameOf(prefix)) ?? [])].filter(
      (first) => first <= sequence && draft.get('overflow', joinKeys(prefix, orderKey(first))) !== undefined,
    )
    const range = { prefix, until: joinKeys(prefix, orderKey(sequence + 1)), reverse: true }
    for await (const [key] of database.entries('overflow', range)) {
      await draft.load('overflow', [key])
      if (draft.get('overflow', key) === undefined) continue
      staged.push(trailingSequence(key))
      break
    }
    return staged.length === 0 ? undefined : joinKeys(prefix, orderKey(Math.max(...staged)))
  }

  async function mend({ place, cell }: (typeof unlisted)[number]): Promise<void> {
    const key = await blockAt(blockPrefix(place, cell.organisation), cell.sequence)
    if (key === undefined) return
    const left = splitCells(draft.get('overflow', key) ?? new Uint8Array()).filter(
      ({ sequence }) => sequence !== cell.sequence,
    )
    // A block keeps its key, also when its first record goes.
    if (left.length === 0) draft.delete('overflow', key)
    else draft.put('overflow', key, joinCells(left))
  }

  /** Lists the newest block of an organisation of which nothing is listed any more. */
  async function refill(place: PostingPlace, organisation: number): Promise<void> {
    const row = readPostings(draft.get(place.table, place.key))
    const isListed = row.listed.some((cell) => cell.organisation === organisation)
    if (isListed || !row.counts.some((count) => count.organisation === organisation)) return
    const key = await blockAt(blockPrefix(place, organisation), MAX_SEQUENCE)
    if (key === undefined) return
    const cells = splitCells(draft.get('overflow', key) ?? new Uint8Array())
    draft.delete('overflow', key)
    let { counts } = row
    for (const cell of cells) counts = addCount(counts, cell, -1)
    put(place, { listed: [...row.listed, ...cells].toSorted((a, b) => a.sequence - b.sequence), counts })
  }

  return {
    add(place, cell) {
      const row = addPosting(rowOf(place), encodeCell(cell))
      if (!isOverfull(row)) return draft.put(place.table, place.key, row)
      const { row: shorter, spilled } = spill(readPostings(row))
      put(place, shorter)
      for (const { organisation, cells } of spilled) putBlock(place, organisation, cells)
    },
    remove(place, cell) {
      const { listed, counts } = readPostings(rowOf(place))
      const left = listed.filter(({ sequence }) => sequence !== cell.sequence)
      if (left.length < listed.length) put(place, { listed: left, counts })
      else {
        put(place, { listed, counts: addCount(counts, cell, -1) })
        unlisted.push({ place, cell })
      }
      const { organisation } = cell
      if (counts.length > 0) touched.set(nameOf(blockPrefix(place, organisation)), { place, organisation })
    },
    async settle() {
      for (const each of unlisted) await mend(each)
      for (const { place, organisation } of touched.values()) await refill(place, organisation)
    },
    *changedValues() {
      for (const { key, before } of values.values()) yield { key, before, after: draft.get('values', key) }
    },
  }
}

/** Cells of a value that its row does not list, by organisation: the newest ones first. */
export async function* unlistedCells(
  database: Pick<Database, 'entries'>,
  place: PostingPlace,
  organisation: number,
): AsyncIterable<Cell> {
  const prefix = blockPrefix(place, organisation)
  for await (const [, row] of database.entries('overflow', { prefix, reverse: true }))
    yield* splitCells(row).toReversed()
}

/** What begins the keys of blocks: the table, the length of the key in it, the key, the organisation. */
function blockPrefix({ table, key }: PostingPlace, organisation: number): Uint8Array {
  return joinKeys(Uint8Array.of(TABLES[table]), numberKey(key.length, 2), key, numberKey(organisation, 3))
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1')
}

const MAX_SEQUENCE: number = 256 ** 6 - 2
