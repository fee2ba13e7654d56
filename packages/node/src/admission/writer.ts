import { codeOf, type Hlc } from '@intelmesh/protocol'
import type { HeaderRow, Hex, QuarantineRow, RecordRow, Store, StoreErrorCode } from '../store/index.ts'
import { findBreaks } from './chain-breaks.ts'
import type { ChainEnds } from './chain-ends.ts'
import { type Lane, LANES } from './lanes.ts'
import { heedTombstones, type RetractionComponents, type TakenBack } from './retraction.ts'

/** What was judged and waits to be stored: one header and those of its records that hold. */
export interface Judgement {
  readonly header: HeaderRow
  /** The earliest reading of its batch. */
  readonly from: Hlc
  readonly records: readonly RecordRow[]
  /** What was refused of it. */
  readonly evidence: readonly QuarantineRow[]
  /** Who brought it, for evidence that the store brings to light. */
  readonly source: string
}

/** Stores judgements in groups, one atomic batch each, lane by lane, and within one in the order in which they came. */
export interface Writer extends AsyncDisposable {
  /**
   * Queues a judgement. Resolves once it is stored, with the ids that are new to the store; with `sync`, once it is on disk.
   *
   * @throws StoreError when the group could not be written; what else was thrown concerns this judgement alone
   */
  write(
    judgement: Judgement,
    options: { readonly sync: boolean; readonly lane: Lane },
  ): Promise<readonly Hex[]>
  /**
   * Does something between two groups: what it reads of the store, no group has changed when it writes.
   *
   * @throws StoreError when nobody knows what a group before it has left
   */
  inTurn<T>(action: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly judgement: Judgement
  readonly sync: boolean
  readonly resolve: (ids: readonly Hex[]) => void
  readonly reject: (error: unknown) => void
}

/** One group: large enough that a disk flush is shared, small enough that nobody waits long and no turn takes long. */
const GROUP_RECORDS = 1024
const GROUP_BYTES: number = 4 * 1024 * 1024

/** Who is told of what was written, in order. */
export interface WriterListeners {
  readonly onStored: (records: readonly RecordRow[]) => void
  readonly onTakenBack: (records: readonly TakenBack[]) => void
}

export interface WriterComponents extends RetractionComponents {
  readonly store: Store
  readonly ends: ChainEnds
  /** ms since the Unix epoch. */
  readonly clock: () => number
  /** ms that what came by gossip may wait for more to be written with it. @default 0 */
  readonly gatherMs?: number
}

export function createWriter(
  components: WriterComponents,
  { onStored, onTakenBack }: WriterListeners,
): Writer {
  const { store, ends, gatherMs = 0 } = components
  const queues = new Map<Lane, Waiting[]>(LANES.map((lane) => [lane, []]))
  let draining: Promise<void> | undefined
  let turn: Promise<unknown> = Promise.resolve()
  /** Ends the wait for more, while there is one. */
  let hurry: (() => void) | undefined
  let isClosing = false

  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = turn.then(async () => {
      await store.certain()
      return action()
    })
    turn = done.catch(() => undefined)
    return done
  }

  async function drain(): Promise<void> {
    if (gatherMs > 0 && !isClosing && !isAwaited()) await gather()
    for (let group = takeGroup(); group.length > 0; group = takeGroup()) await writeTogether(group)
    draining = undefined
  }

  /** Whether something is there whose sender waits until it is stored. */
  function isAwaited(): boolean {
    return [...queues].some(([lane, queue]) => queue.some(({ sync }) => sync || !UNAWAITED.has(lane)))
  }

  /** Verdicts, and so what is passed on to others, come first; and what comes in a burst shares a commit. */
  function gather(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        hurry = undefined
        resolve()
      }
      const timer = setTimeout(end, gatherMs)
      hurry = end
    })
  }

  function takeGroup(): readonly Waiting[] {
    const group: Waiting[] = []
    let records = 0
    let bytes = 0
    for (const queue of queues.values()) {
      for (let next = queue[0]; next !== undefined; next = queue[0]) {
        records += next.judgement.records.length
        bytes += bytesOf(next.judgement)
        if (group.length > 0 && (records > GROUP_RECORDS || bytes > GROUP_BYTES)) return group
        group.push(queue.shift() as Waiting)
      }
    }
    return group
  }

  /** Never rejects. What cannot be written at all fails by itself, and not those that happen to wait beside it. */
  async function writeTogether(group: readonly Waiting[]): Promise<void> {
    try {
      const fresh = await inTurn(() => writeGroup(group))
      for (const { judgement, resolve } of group)
        resolve(judgement.records.map((row) => row.id).filter((id) => fresh.has(id)))
    } catch (error) {
      if (isOfStore(error) || group.length === 1) for (const { reject } of group) reject(error)
      else for (const one of group) await writeTogether([one])
    }
  }

  async function writeGroup(group: readonly Waiting[]): Promise<ReadonlySet<Hex>> {
    const judgements = group.map(({ judgement }) => judgement)
    const unique = uniqueRows(judgements.flatMap(({ records }) => records))
    const ids = unique.map(({ id }) => id)
    // One read tells of nearly every record that it is new, and that nobody ever named it.
    const [held, named, breaks] = await Promise.all([
      store.hasRecords(ids),
      store.namedByTombstones(ids),
      findBreaks(components, judgements),
    ])
    const rows = unique.filter((_, i) => held[i] !== true)
    const isNamed = new Set(ids.filter((_, i) => named[i] === true))
    const headers = judgements.map(({ header }) => header)
    const { takenBack, ...heeded } = await heedTombstones(components, {
      rows,
      headers,
      isNamed,
    })
    const sources = new Map(judgements.map(({ header, source }) => [header, source]))
    const proofs = breaks.map(({ header, code }): QuarantineRow => {
      const detail = `${header.author} ${header.hash}`
      return { at: components.clock(), code, from: sources.get(header) ?? '', what: 'header', detail }
    })
    const changes = {
      headers,
      ...heeded,
      quarantine: [...judgements.flatMap(({ evidence }) => evidence), ...proofs],
    }
    try {
      await store.commit(changes, { sync: group.some(({ sync }) => sync) })
    } catch (error) {
      ends.forget()
      throw error
    }
    ends.adopt(headers)
    if (heeded.records.length > 0) onStored(heeded.records)
    if (takenBack.length > 0) onTakenBack(takenBack)
    return new Set(heeded.records.map(({ id }) => id))
  }

  return {
    inTurn,
    write(judgement, { sync, lane }) {
      const written = new Promise<readonly Hex[]>((resolve, reject) =>
        queues.get(lane)?.push({ judgement, sync, resolve, reject }),
      )
      if (sync || !UNAWAITED.has(lane)) hurry?.()
      draining ??= drain()
      return written
    },
    async [Symbol.asyncDispose]() {
      isClosing = true
      hurry?.()
      await draining
    },
  }
}

/** Lanes of what peers send by themselves: nobody is told when it is stored. */
const UNAWAITED: ReadonlySet<Lane> = new Set(['alert', 'gossip'])

/** A fault that strikes whatever is written now. */
function isOfStore(error: unknown): boolean {
  return STORE_FAULTS.has(codeOf(error) ?? '')
}

const STORE_FAULTS: ReadonlySet<string> = new Set<StoreErrorCode>([
  'STORE_FULL',
  'STORE_IO',
  'STORE_DAMAGED',
  'STORE_CLOSED',
])

function uniqueRows(rows: readonly RecordRow[]): readonly RecordRow[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}

function bytesOf({ header, records }: Judgement): number {
  return records.reduce((sum, { leaf }) => sum + leaf.length, header.bytes.length)
}
