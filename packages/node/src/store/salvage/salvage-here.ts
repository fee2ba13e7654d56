import type { HeaderRow, Hex, RecordRow, Store } from '../interface.ts'
import { createStore, openStore } from '../open-store.ts'
import type { DamagedRows } from './damaged-rows.ts'
import { openDamaged } from './open-damaged.ts'

/** What could be saved of a damaged store. */
export interface Salvage {
  readonly records: number
  readonly control: number
  /**
   * Records that the damaged store held and the new one does not, with their authors where those are known: at most
   * 100,000.
   */
  readonly lost: readonly (readonly [id: Hex, author: Hex | null])[]
  /** Rows that could not be read, by table. */
  readonly unreadable: Readonly<Record<string, number>>
  /** Whether LevelDB could not go through all of its files. */
  readonly brokeOff: boolean
}

/** What is salvaged, and how. */
export interface SalvageOrder {
  /** LevelDB's folder, which nobody else has open, and which may be changed. */
  readonly from: string
  readonly into: { readonly path: string; readonly id: Hex; readonly createdAt: number }
  /** Whether LevelDB is to put its files together first. */
  readonly repair: boolean
}

/** Lost ids that are named. */
const MAX_LOST = 100_000

/**
 * Makes a new store of the rows of a damaged one, in this process: see {@link openDamaged} for why that should be another one.
 *
 * @throws StoreError STORE_EXISTS, STORE_FULL, STORE_IO; an Error of LevelDB
 */
export async function salvageHere(
  { from, into, repair }: SalvageOrder,
  onRecords: (records: number) => void,
): Promise<Salvage> {
  await using rows = await openDamaged(from, repair)
  await createStore(into)
  await using store = await openStore({ path: into.path })
  const control = await saveControl(rows, store)
  await saveNotes(rows, store)
  await saveRecords(rows, store, onRecords)
  for await (const group of grouped(rows.headers()))
    await store.commit({ headers: group.map(withoutLeaves) }, { sync: false })
  await removeRetracted(store)
  const lost = await findLost(rows, store)
  await store.commit({}, { sync: true })
  return {
    records: store.counts.records,
    control,
    lost: [...lost].map(([id, author]) => [id, author ?? null]),
    unreadable: Object.fromEntries(rows.unreadable),
    brokeOff: rows.brokeOff,
  }
}

/** Rows of one commit. */
const STEP = 1_000
/** What speaks of places in the old order of arrival, of other files, or of what is held: it is made anew. */
const STALE: readonly string[] = ['same/', 'carried/', 'judged/', 'line/']

async function saveControl(rows: DamagedRows, store: Store): Promise<number> {
  let count = 0
  for await (const control of grouped(rows.control())) {
    await store.commit({ control }, { sync: false })
    count += control.length
  }
  for await (const log of grouped(rows.log())) await store.commit({ log }, { sync: false })
  return count
}

async function saveNotes(rows: DamagedRows, store: Store): Promise<void> {
  for await (const meta of grouped(rows.meta()))
    await store.commit({ meta: Object.fromEntries(meta) }, { sync: false })
  for await (const group of grouped(rows.ledger())) {
    const kept = group.filter(([key]) => !STALE.some((prefix) => key.startsWith(prefix)))
    await store.commit({ ledger: Object.fromEntries(kept) }, { sync: false })
  }
}

/** Ids of leaves are kept only as long as one of the records is held. */
function withoutLeaves({ leafHashes: _leafHashes, ...header }: HeaderRow): HeaderRow {
  return header
}

/** A record whose header is gone proves nothing any more, and comes again from others. */
async function saveRecords(
  rows: DamagedRows,
  store: Store,
  onRecords: (records: number) => void,
): Promise<void> {
  for await (const group of grouped(rows.records())) {
    const headers = new Map<Hex, HeaderRow>()
    for (const hash of new Set(group.map(({ header }) => header))) {
      const header = await rows.header(hash)
      if (header !== undefined) headers.set(hash, header)
    }
    const provable = group.filter((row) => isProvable(row, headers.get(row.header)))
    await store.commit({ headers: [...headers.values()], records: provable }, { sync: false })
    onRecords(store.counts.records)
  }
}

function isProvable({ id, path }: RecordRow, header: HeaderRow | undefined): boolean {
  return header !== undefined && (path !== undefined || (header.leafHashes?.includes(id) ?? false))
}

/** Putting files together may bring back what a lost file had deleted: what is taken back stays so. */
async function removeRetracted(store: Store): Promise<void> {
  for (const set of ['clear', 'green'] as const) {
    for await (const ids of idsOfSet(store, `${set}/tombstones`)) {
      for (const tombstone of await store.records(ids)) {
        const targets = await store.records(tombstone.retracts)
        const removed = targets
          .filter(({ organisation }) => organisation === tombstone.organisation)
          .map(({ id }) => id)
        if (removed.length > 0) await store.commit({ removed }, { sync: false })
      }
    }
  }
}

async function* idsOfSet(store: Store, set: 'clear/tombstones' | 'green/tombstones'): AsyncGenerator<Hex[]> {
  const [tlp] = set.split('/') as ['clear' | 'green']
  for (let afterSequence = 0; ;) {
    const rows = await store.queryRecords({ afterSequence, limit: STEP, plainOnly: false, tlp })
    if (rows.length === 0) return
    afterSequence = rows.at(-1)?.sequence ?? afterSequence
    yield rows.filter((row) => row.set === set).map(({ id }) => id)
  }
}

async function findLost(rows: DamagedRows, store: Store): Promise<ReadonlyMap<Hex, Hex | undefined>> {
  const lost = new Map<Hex, Hex | undefined>()
  for await (const ids of grouped(rows.ids())) {
    const held = await store.hasRecords(ids)
    for (const [i, id] of ids.entries()) if (held[i] !== true && lost.size < MAX_LOST) lost.set(id, undefined)
  }
  if (lost.size === 0) return lost
  for await (const { author, leafHashes = [] } of rows.headers())
    for (const id of leafHashes) if (lost.has(id)) lost.set(id, author)
  return lost
}

async function* grouped<T>(rows: AsyncIterable<T>): AsyncGenerator<T[]> {
  let group: T[] = []
  for await (const row of rows) {
    group.push(row)
    if (group.length < STEP) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
