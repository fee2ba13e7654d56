import { mayRetract } from '@intelmesh/protocol'
import type { HeaderRow, Hex, QuarantineRow, RecordRow, Store } from '../store/index.ts'

/** What was judged and waits to be stored: one header and those of its records that hold. */
export interface Judgement {
  readonly header: HeaderRow
  readonly records: readonly RecordRow[]
  readonly evidence: readonly QuarantineRow[]
}

/** Stores judgements in groups, one atomic batch each, in the order in which they came. */
export interface Writer extends AsyncDisposable {
  /**
   * Queues a judgement. Resolves once it is stored, with the ids that are new to the store; with `sync`, once it is on disk.
   *
   * @throws AdmissionError QUEUE_FULL at once; StoreError when the group could not be written
   */
  write(judgement: Judgement, options: { readonly sync: boolean }): Promise<readonly Hex[]>
  /** Whether a header waits in the queue or is being written. */
  isPending(header: Hex): boolean
  readonly isFull: boolean
}

interface Waiting {
  readonly judgement: Judgement
  readonly sync: boolean
  readonly resolve: (ids: readonly Hex[]) => void
  readonly reject: (error: unknown) => void
}

/** Records of one group: large enough that a disk flush is shared, small enough that nobody waits long. */
const GROUP_RECORDS = 4096
/** Bytes that may wait: beyond, gossip is ignored and reconciliation brings it later. */
const MAX_QUEUED_BYTES: number = 64 * 1024 * 1024

/** `onStored` is told of records once they are stored, in order. */
export function createWriter(store: Store, onStored: (records: readonly RecordRow[]) => void): Writer {
  const queue: Waiting[] = []
  const pending = new Set<Hex>()
  let queuedBytes = 0
  let draining: Promise<void> | undefined

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const group = takeGroup()
      try {
        const fresh = await writeGroup(group)
        for (const { judgement, resolve } of group) {
          resolve(judgement.records.map((row) => row.id).filter((id) => fresh.has(id)))
        }
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
      for (const { judgement } of group) pending.delete(judgement.header.hash)
    }
    draining = undefined
  }

  function takeGroup(): readonly Waiting[] {
    let records = 0
    let length = 0
    for (const { judgement } of queue) {
      records += judgement.records.length
      if (length > 0 && records > GROUP_RECORDS) break
      length++
    }
    const group = queue.splice(0, length)
    for (const { judgement } of group) queuedBytes -= bytesOf(judgement)
    return group
  }

  async function writeGroup(group: readonly Waiting[]): Promise<ReadonlySet<Hex>> {
    const judgements = group.map(({ judgement }) => judgement)
    const rows = await newRows(
      store,
      judgements.flatMap(({ records }) => records),
    )
    const removed = await retractedBy(store, rows)
    const records = await withoutRetracted(store, rows)
    await store.commit(
      {
        headers: judgements.map(({ header }) => header),
        records,
        removed,
        quarantine: judgements.flatMap(({ evidence }) => evidence),
      },
      { sync: group.some(({ sync }) => sync) },
    )
    if (records.length > 0) onStored(records)
    return new Set(records.map(({ id }) => id))
  }

  return {
    get isFull() {
      return queuedBytes > MAX_QUEUED_BYTES
    },
    isPending: (header) => pending.has(header),
    write(judgement, { sync }) {
      pending.add(judgement.header.hash)
      queuedBytes += bytesOf(judgement)
      const written = new Promise<readonly Hex[]>((resolve, reject) =>
        queue.push({ judgement, sync, resolve, reject }),
      )
      draining ??= drain()
      return written
    },
    async [Symbol.asyncDispose]() {
      await draining
    },
  }
}

async function newRows(store: Store, rows: readonly RecordRow[]): Promise<readonly RecordRow[]> {
  const unique = [...new Map(rows.map((row) => [row.id, row])).values()]
  const held = await store.hasRecords(unique.map(({ id }) => id))
  return unique.filter((_, i) => held[i] !== true)
}

/** Records in the store that the tombstones among `rows` take back. */
async function retractedBy(store: Store, rows: readonly RecordRow[]): Promise<readonly Hex[]> {
  const removed: Hex[] = []
  for (const row of rows) {
    for (const id of row.retracts) {
      const target = await store.record(id)
      if (target !== undefined && takesBack(row, target)) removed.push(id)
    }
  }
  return removed
}

/** Leaves out what a tombstone takes back that is held already, or comes in the same group. */
async function withoutRetracted(store: Store, rows: readonly RecordRow[]): Promise<readonly RecordRow[]> {
  const arriving = Map.groupBy(
    rows.flatMap((row) => row.retracts.map((id) => ({ id, row }))),
    ({ id }) => id,
  )
  const left: RecordRow[] = []
  for (const row of rows) {
    const isTaken = arriving.get(row.id)?.some((tombstone) => takesBack(tombstone.row, row)) ?? false
    if (!isTaken && !(await isRetracted(store, row))) left.push(row)
  }
  return left
}

async function isRetracted(store: Store, row: RecordRow): Promise<boolean> {
  if (row.retracts.length > 0) return false
  for (const id of await store.tombstonesOf(row.id)) {
    const tombstone = await store.record(id)
    if (tombstone !== undefined && takesBack(tombstone, row)) return true
  }
  return false
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

function bytesOf({ header, records }: Judgement): number {
  return records.reduce((sum, { leaf }) => sum + leaf.length, header.bytes.length)
}
