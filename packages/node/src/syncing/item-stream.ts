import {
  encodeBatch,
  encodeControl,
  type Hasher,
  type JoinedIds,
  MAX_BATCH_BYTES,
  MAX_DIFFERENCE,
  MAX_FRAME_BYTES,
  MAX_ITEMS,
  type ReadNode,
  splitIds,
  type SyncItem,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import { loneBytes } from '../admission/index.ts'
import type { HeaderRow, Hex, Store, StoredRecord } from '../store/index.ts'
import { idsBelowPaths, selectIds, selectPaths, selectRecent, type Selection } from './selections.ts'
import { type ControlSet, type DataSet, isControlSet } from './session.ts'

/** Items, as many at a time as one message carries. */
export type ItemStream = AsyncIterable<Portion>

/** Items of one message, and how many records or control objects are in them. */
export interface Portion {
  readonly items: readonly SyncItem[]
  readonly count: number
}

/** What streams are made from. */
export interface StreamSource {
  readonly store: Store
  readonly crypto: Hasher
  readonly set: SyncSet
}

/** What is held under some ids, in runs. */
export function streamIds({ store, crypto, set }: StreamSource, runs: readonly JoinedIds[]): ItemStream {
  return isControlSet(set)
    ? streamControl(store, set, runs)
    : streamRecords(store, crypto, set, selectIds(runs))
}

/** {@link streamIds}, and nothing besides: a batch goes whole only where all of it is meant. */
export function streamOnly({ store, crypto, set }: StreamSource, runs: readonly JoinedIds[]): ItemStream {
  return isControlSet(set)
    ? streamControl(store, set, runs)
    : streamRecords(store, crypto, set, { ...selectIds(runs), isExact: true })
}

/** Everything below some paths, in their order, newest hours first within each; {@link MAX_DIFFERENCE} of it at most. */
export function streamPaths(
  { store, crypto, set }: StreamSource,
  read: ReadNode,
  paths: readonly string[],
): ItemStream {
  return isControlSet(set)
    ? streamControl(store, set, idsBelowPaths(read, paths), MAX_DIFFERENCE)
    : streamRecords(store, crypto, set, selectPaths(read, paths), MAX_DIFFERENCE)
}

/** What came into a set of records after `sequence` and up to `until`, the newest arrival first. */
export function streamRecent(
  { store, crypto, set }: StreamSource & { readonly set: DataSet },
  sequence: number,
  until: number,
): ItemStream {
  return streamRecords(store, crypto, set, selectRecent(sequence, until))
}

/**
 * The records of a selection as items, as many at a time as one frame carries. A batch goes whole, as its author signed it, where all of it is
 * held and half of it is meant, since a record that travels alone takes as much again for its proof; other records go alone. What is not held, or
 * lies in another set, is passed over.
 */
async function* streamRecords(
  store: Store,
  hasher: Hasher,
  set: DataSet,
  selection: Selection,
  most = Infinity,
): AsyncGenerator<Portion> {
  /** Of batches that went whole, what the selection has still to come to: it comes to each record once. */
  const sent = new Set<Hex>()
  /** Of late, headers of batches that do not go whole. */
  const alone = new Set<Hex>()
  const frame = createFrame()
  let left = most
  for await (const records of selection.records(store, (id) => sent.delete(id))) {
    for (const record of records) {
      // Only what lies in the set that was agreed on may leave through its session.
      if (record.set !== set || sent.delete(record.id)) continue
      if (left <= 0) return yield* frame.rest()
      const batch = alone.has(record.header)
        ? undefined
        : await wholeBatch(store, set, record.header, selection)
      if (alone.size >= MAX_ALONE) alone.clear()
      if (batch === undefined) alone.add(record.header)
      for (const each of batch?.meant ?? []) if (each !== record.id) sent.add(each)
      const ids = batch?.ids ?? [record.id]
      left -= ids.length
      const item = batch?.item ?? (await loneItem(store, hasher, record))
      if (item === undefined) continue
      if (!frame.fits(item)) yield frame.take()
      frame.add(item, ids.length)
    }
  }
  yield* frame.rest()
}

/** Headers of batches that do not go whole, of which it is remembered. */
const MAX_ALONE = 4096

/** Control objects by their ids, as items. */
async function* streamControl(
  store: Store,
  set: ControlSet,
  runs: AsyncIterable<JoinedIds> | Iterable<JoinedIds>,
  most = Infinity,
): AsyncGenerator<Portion> {
  const frame = createFrame()
  let left = most
  for await (const ids of runs) {
    for (const id of splitIds(ids)) {
      const row = await store.controlById(set, toHex(id))
      if (row === undefined) continue
      if (left-- <= 0) return yield* frame.rest()
      const item: SyncItem = { form: 'control', bytes: encodeControl(row) }
      if (!frame.fits(item)) yield frame.take()
      frame.add(item, 1)
    }
  }
  yield* frame.rest()
}

async function loneItem(store: Store, hasher: Hasher, record: StoredRecord): Promise<SyncItem | undefined> {
  const bytes = await loneBytes(store, hasher, record)
  return bytes && { form: 'record', bytes }
}

interface WholeBatch {
  readonly item: SyncItem
  readonly ids: readonly Hex[]
  /** Those that the selection has. */
  readonly meant: readonly Hex[]
}

/** The batch under a header, when all of its records are held in the set and half of them are meant at least. */
async function wholeBatch(
  store: Store,
  set: DataSet,
  hash: Hex,
  selection: Selection,
): Promise<WholeBatch | undefined> {
  const header: HeaderRow | undefined = await store.header(hash)
  const ids = header?.leafHashes
  if (header === undefined || ids === undefined || ids.length < 2) return undefined
  const { isNamed, isExact = false } = selection
  const least = isExact ? ids.length : ids.length / 2
  if (isNamed !== undefined && ids.filter((id) => isNamed(id)).length < least) return undefined
  const records = await store.records(ids)
  if (records.length !== ids.length || records.some((record) => record.set !== set)) return undefined
  const meant = records.filter((record) => selection.has(record)).map(({ id }) => id)
  if (meant.length < least) return undefined
  const bytes = encodeBatch(header.bytes, leavesOf(records))
  return bytes.length > MAX_BATCH_BYTES ? undefined : { item: { form: 'batch', bytes }, ids, meant }
}

function leavesOf(records: readonly StoredRecord[]): readonly Uint8Array[] {
  return records.map(({ leaf }) => leaf)
}

/** Bytes that an item takes besides its own, and a message besides its items. */
const ITEM_HEAD = 8
const MESSAGE_HEAD = 16

interface Frame {
  fits(item: SyncItem): boolean
  add(item: SyncItem, count: number): void
  take(): Portion
  /** What is in it, unless it is empty. */
  rest(): Iterable<Portion>
}

function createFrame(): Frame {
  let items: SyncItem[] = []
  let bytes = MESSAGE_HEAD
  let counted = 0
  const take = (): Portion => {
    const taken = { items, count: counted }
    items = []
    bytes = MESSAGE_HEAD
    counted = 0
    return taken
  }
  return {
    take,
    rest: () => (items.length === 0 ? [] : [take()]),
    fits: (item) =>
      items.length === 0 ||
      (items.length < MAX_ITEMS && bytes + item.bytes.length + ITEM_HEAD <= MAX_FRAME_BYTES),
    add(item, count) {
      items.push(item)
      counted += count
      bytes += item.bytes.length + ITEM_HEAD
    },
  }
}
