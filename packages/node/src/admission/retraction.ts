import { type Hasher, mayRetract } from '@intelmesh/protocol'
import type { HeaderRow, Hex, RecordRow, Store } from '../store/index.ts'
import { type Grave, graveEntry } from './graves.ts'
import { shelfEntry, type ShelfRow } from './shelf-rows.ts'

/** What becomes of records when tombstones are heeded. */
export interface Retraction {
  /** Rows to store. */
  readonly records: readonly RecordRow[]
  /** Records of the store that are taken back. */
  readonly removed: readonly Hex[]
  /** What was taken back, kept for the day on which the tombstone's author turns out not to have been itself. */
  readonly shelf: Readonly<Record<string, ShelfRow>>
  /** That it was here once, for who asks what became of it. */
  readonly graves: Readonly<Record<string, Grave>>
}

/**
 * Heeds the tombstones among `rows`, new to the store, and those that the store holds already. The result depends on what there
 * is, and not on what came first.
 *
 * @see docs/spec/records.md, "Retraction"
 */
export async function heedTombstones(
  { store, hasher }: { readonly store: Store; readonly hasher: Hasher },
  rows: readonly RecordRow[],
  headers: readonly HeaderRow[],
): Promise<Retraction> {
  const arriving = Map.groupBy(
    rows.flatMap((row) => row.retracts.map((id) => ({ id, row }))),
    ({ id }) => id,
  )
  // A header may come by itself too: the one with its leaves gives the proofs.
  const byHash = new Map(headers.toSorted(leavesLast).map((header) => [header.hash, header]))
  const shelf = new Map<string, ShelfRow>()
  const graves = new Map<string, Grave>()

  /** Whether any of the tombstones counts against the record, which is then laid aside under each author of one. */
  async function isTakenBack(record: RecordRow, tombstones: readonly RecordRow[]): Promise<boolean> {
    const counting = tombstones.filter((tombstone) => takesBack(tombstone, record))
    if (counting.length === 0) return false
    const header = byHash.get(record.header) ?? (await store.header(record.header))
    if (header === undefined) throw new RangeError(`record ${record.id} has no header`)
    graves.set(...graveEntry(record))
    for (const { author } of counting) shelf.set(...shelfEntry(hasher, author, { header, record }))
    return true
  }

  const removed: Hex[] = []
  for (const [id, tombstones] of arriving) {
    const target = await store.record(id)
    if (target === undefined) continue
    const isOut = await isTakenBack(
      target,
      tombstones.map(({ row }) => row),
    )
    if (isOut) removed.push(id)
  }
  const records: RecordRow[] = []
  for (const row of rows) {
    const tombstones = [
      ...(arriving.get(row.id) ?? []).map((each) => each.row),
      ...(await heldTombstones(store, row)),
    ]
    if (!(await isTakenBack(row, tombstones))) records.push(row)
  }
  return { records, removed, shelf: Object.fromEntries(shelf), graves: Object.fromEntries(graves) }
}

function leavesLast(a: HeaderRow, b: HeaderRow): number {
  return Number(a.leafHashes !== undefined) - Number(b.leafHashes !== undefined)
}

async function heldTombstones(store: Store, { id, retracts }: RecordRow): Promise<readonly RecordRow[]> {
  if (retracts.length > 0) return []
  const held = await Promise.all((await store.tombstonesOf(id)).map((tombstone) => store.record(tombstone)))
  return held.filter((row) => row !== undefined)
}

/** Whether a tombstone counts: only its own organisation takes a record back, in its compartment, and for as long as it lives. */
function takesBack(tombstone: RecordRow, target: RecordRow): boolean {
  return (
    target.retracts.length === 0 &&
    tombstone.organisation === target.organisation &&
    mayRetract(clearOf(tombstone), clearOf(target))
  )
}

function clearOf({ set, expires }: RecordRow): Parameters<typeof mayRetract>[0] {
  return { compartments: [set.split('/')[0] ?? set], expires }
}
