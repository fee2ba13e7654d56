import type { HeaderRow, Hex, QuarantineRow, RecordRow, Store } from '../store/index.ts'
import { heedTombstones, type RetractionComponents, type TakenBack } from './retraction.ts'

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
  /** Does something between two groups: what it reads of the store, no group has changed when it writes. */
  inTurn<T>(action: () => Promise<T>): Promise<T>
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

/** Who is told of what was written, in order. */
export interface WriterListeners {
  readonly onStored: (records: readonly RecordRow[]) => void
  readonly onTakenBack: (records: readonly TakenBack[]) => void
}

export function createWriter(
  components: RetractionComponents & { readonly store: Store },
  { onStored, onTakenBack }: WriterListeners,
): Writer {
  const { store } = components
  const queue: Waiting[] = []
  const pending = new Set<Hex>()
  let queuedBytes = 0
  let draining: Promise<void> | undefined
  let turn: Promise<unknown> = Promise.resolve()

  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = turn.then(action)
    turn = done.catch(() => undefined)
    return done
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const group = takeGroup()
      try {
        const fresh = await inTurn(() => writeGroup(group))
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
    const headers = judgements.map(({ header }) => header)
    const { shelf, graves, takenBack, ...heeded } = await heedTombstones(components, rows, headers)
    await store.commit(
      {
        headers,
        ...heeded,
        ledger: { ...shelf, ...graves },
        quarantine: judgements.flatMap(({ evidence }) => evidence),
      },
      { sync: group.some(({ sync }) => sync) },
    )
    if (heeded.records.length > 0) onStored(heeded.records)
    if (takenBack.length > 0) onTakenBack(takenBack)
    return new Set(heeded.records.map(({ id }) => id))
  }

  return {
    get isFull() {
      return queuedBytes > MAX_QUEUED_BYTES
    },
    inTurn,
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

function bytesOf({ header, records }: Judgement): number {
  return records.reduce((sum, { leaf }) => sum + leaf.length, header.bytes.length)
}
