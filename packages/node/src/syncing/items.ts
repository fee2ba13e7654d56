import {
  encodeBatch,
  encodeControl,
  type Hasher,
  MAX_BATCH_BYTES,
  type SyncItem,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import { loneBytes } from '../admission/index.ts'
import type { HeaderRow, Hex, Store, StoredRecord } from '../store/index.ts'

/** Bytes of items in one frame: room for a batch, and little enough that a slow peer shows progress. */
const FRAME_BYTES: number = 512 * 1024

/**
 * The items for ids that a peer lacks, as many as one frame carries. A batch goes whole, as its author signed it, when all of its
 * records are wanted; other records go alone with their proofs. Ids that are not held are passed over.
 *
 * @returns the items, and how many of `ids` they and what is missing account for
 */
export async function collectItems(
  store: Store,
  hasher: Hasher,
  set: SyncSet,
  ids: readonly Uint8Array[],
): Promise<{ readonly items: readonly SyncItem[]; readonly done: number }> {
  return set === 'control' || set === 'register'
    ? controlItems(store, set, ids)
    : recordItems(store, hasher, set, ids)
}

async function controlItems(
  store: Store,
  set: 'control' | 'register',
  ids: readonly Uint8Array[],
): Promise<{ items: readonly SyncItem[]; done: number }> {
  const items: SyncItem[] = []
  let bytes = 0
  for (const [i, id] of ids.entries()) {
    const row = await store.controlById(set, toHex(id))
    if (row === undefined) continue
    if (items.length > 0 && bytes + row.bytes.length > FRAME_BYTES) return { items, done: i }
    items.push({ form: 'control', bytes: encodeControl(row) })
    bytes += row.bytes.length
  }
  return { items, done: ids.length }
}

async function recordItems(
  store: Store,
  hasher: Hasher,
  set: SyncSet,
  ids: readonly Uint8Array[],
): Promise<{ items: readonly SyncItem[]; done: number }> {
  const wanted = new Set(ids.map(toHex))
  const sent = new Set<Hex>()
  const items: SyncItem[] = []
  let bytes = 0
  for (const [i, id] of ids.entries()) {
    const record = sent.has(toHex(id)) ? undefined : await store.record(toHex(id))
    // Only what lies in the set that was agreed on may leave through its session.
    if (record === undefined || record.set !== set) continue
    if (items.length > 0 && bytes + record.leaf.length > FRAME_BYTES) return { items, done: i }
    const header = await store.header(record.header)
    const batch = header && (await wholeBatch(store, header, wanted))
    const alone = batch === undefined ? await loneBytes(store, hasher, record) : undefined
    const leaves = batch?.map(({ leaf }) => leaf) ?? []
    const item: SyncItem | undefined =
      batch === undefined
        ? alone && { form: 'record', bytes: alone }
        : { form: 'batch', bytes: encodeBatch((header as HeaderRow).bytes, leaves) }
    if (item === undefined) continue
    for (const each of batch ?? [record]) sent.add(each.id)
    items.push(item)
    bytes += item.bytes.length
  }
  return { items, done: ids.length }
}

/** The records of a header in order, when all of them are held and wanted and fit into one batch. */
async function wholeBatch(
  store: Store,
  header: HeaderRow,
  wanted: ReadonlySet<Hex>,
): Promise<readonly StoredRecord[] | undefined> {
  const ids = header.leafHashes
  if (ids === undefined || ids.length < 2 || !ids.every((id) => wanted.has(id))) return undefined
  const records = await Promise.all(ids.map((id) => store.record(id)))
  if (!records.every((record): record is StoredRecord => record !== undefined)) return undefined
  const bytes = records.reduce((sum, { leaf }) => sum + leaf.length + 8, header.bytes.length + 16)
  return bytes <= MAX_BATCH_BYTES ? records : undefined
}
