import {
  type Crypto,
  MAX_BATCH_BYTES,
  openLoneRecord,
  parseBatch,
  proveLeaves,
  type ParsedHeader,
  parseHeader,
  type SyncItem,
  type TlpLabel,
  toHex,
} from '@intelmesh/protocol'
import type { Metrics } from '../observe/index.ts'
import type { Hex, QuarantineRow, RecordRow, Store } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import { createAccounts } from './accounts.ts'
import { type AdmitControl, createControlDoor } from './admit-control.ts'
import { createChainEnds } from './chain-ends.ts'
import { gather } from './gather.ts'
import { AdmissionError, assertWanted, headerRow, type JudgedHeader, knownAuthor } from './judge-header.ts'
import { createJudgeOnce, type JudgedOnce } from './judge-once.ts'
import { findObservables, type FindObservables, judgeLeaves, type ProvenLeaf } from './judge-leaf.ts'
import { createLanes, type Lane, laneOf } from './lanes.ts'
import { createNotes } from './notes.ts'
import type { TakenBack } from './retraction.ts'
import { ACCEPTED, nameOf, type Source, type Verdict, verdictOf, verdictOn } from './verdict.ts'
import { createSlices } from './slices.ts'
import { createWriter, type WriterComponents } from './writer.ts'

export interface AdmissionComponents extends Pick<WriterComponents, 'gatherMs'> {
  readonly store: Store
  readonly trust: Trust
  readonly crypto: Crypto
  /** ms since the Unix epoch. */
  readonly clock: () => number
  readonly metrics: Metrics
  /** The hour up to which expired records were swept. */
  readonly asOf: () => number
  /** The own clearance. */
  readonly clearance: () => TlpLabel
  /** What can be looked up of an object, which decides nothing. @default what the STIX package finds */
  readonly observablesOf?: FindObservables
}

/** A verdict, and the writing that follows an acceptance. */
export interface Admitted extends Verdict {
  /** Ids that are new to the store, once they are stored; rejects when they could not be. */
  readonly stored: Promise<readonly Hex[]>
  /** Leaves that were refused, by their place in the batch. */
  readonly refused: readonly { readonly index: number; readonly code: string }[]
}

/** The one door by which records enter the store: gossip, reconciliation, files and the own publisher bring their bytes here. */
export interface Admission extends AsyncDisposable {
  /**
   * Judges a batch. Never throws; the verdict is there before anything is written. `audience` is the topic it came on, `compartment` that of the
   * session.
   */
  admitBatch(
    bytes: Uint8Array,
    source: Source,
    options: { readonly sync: boolean; readonly audience?: string; readonly compartment?: string },
  ): Promise<Admitted>
  /** Judges what a reconciliation session over a `compartment`, or a file, brought. */
  admitItem(item: SyncItem, source: Source, compartment?: string): Promise<Admitted>
  /** Hands control objects to {@link Trust}, within what one member may have this node check. */
  readonly admitControl: AdmitControl
  /** Resolves once all that is being judged now is stored, or refused. */
  settled(): Promise<void>
  /** Does something while no records are being stored: what it reads of the store is so still when it writes. */
  inTurn<T>(action: () => Promise<T>): Promise<T>
  /** Tells of records once they are stored, until the function that it gives is called. */
  onStored(listener: (records: readonly RecordRow[]) => void): () => void
  /** Tells of records that tombstones keep out of the set, once that is written: those that were held, and those that come after. */
  onTakenBack(listener: (records: readonly TakenBack[]) => void): () => void
  /**
   * Tells of a key whose chains are closed, once a header is written that was not held and hangs below their heads: older records may hang
   * there now. Also when the writing failed, since the disk may have taken it all the same.
   */
  onLinked(listener: (node: Hex) => void): () => void
}

const NOTHING: Promise<readonly Hex[]> = Promise.resolve([])

/** Something that came, and how it is to be stored. */
interface Arrival {
  readonly source: Source
  readonly what: string
  readonly bytes: Uint8Array
  readonly sync: boolean
  readonly lane: Lane
}

export function openAdmission(components: AdmissionComponents): Admission {
  const {
    store,
    trust,
    crypto,
    clock,
    metrics,
    asOf,
    clearance,
    observablesOf = findObservables,
  } = components
  const storedListeners = new Set<(records: readonly RecordRow[]) => void>()
  const takenBackListeners = new Set<(records: readonly TakenBack[]) => void>()
  const linkedListeners = new Set<(node: Hex) => void>()
  const inFlight = new Set<Promise<unknown>>()
  const accounts = createAccounts(clock)
  const notes = createNotes(store, clock)
  const lanes = createLanes()
  const slices = createSlices()
  const nodesOf = (organisation: Hex): readonly Hex[] =>
    trust.roster.ofOrganisation(organisation).map(({ keyId }) => keyId)
  const ends = createChainEnds(store)
  const writer = createWriter(
    { store, ends, hasher: crypto, nodesOf, clock, gatherMs: components.gatherMs ?? 0 },
    {
      onStored: (records) => storedListeners.forEach((listener) => listener(records)),
      onTakenBack: (records) => takenBackListeners.forEach((listener) => listener(records)),
    },
  )
  const judgeOnce = createJudgeOnce({ store, trust, crypto, clock, accounts, ends })
  const isHeld = gather((headers: readonly Hex[]) => store.hasLeaves(headers))
  const isStored = gather((ids: readonly Hex[]) => store.hasRecords(ids))

  /** Sees to it that what came is judged in its turn, and keeps its place until it is stored. */
  function admit(arrival: Arrival, judge: (arrival: Arrival) => Promise<Admitted>): Promise<Admitted> {
    const admitting = admitInTurn(arrival, judge)
    const settling = admitting
      .then(({ stored }) => stored)
      .catch(() => undefined)
      .finally(() => inFlight.delete(settling))
    inFlight.add(settling)
    return admitting
  }

  async function admitInTurn(
    arrival: Arrival,
    judge: (arrival: Arrival) => Promise<Admitted>,
  ): Promise<Admitted> {
    const { source, lane, bytes } = arrival
    const place = await lanes.enter(lane, bytes.length)
    // [IGNORE] The queue has room.
    if (place === undefined) return conclude(arrival, { ...verdictOf('QUEUE_FULL'), ...NOTHING_STORED })
    const admitted = await judgeSafely(() => {
      accounts.chargeSender(source, bytes.length)
      return judge(arrival)
    })
    place.judged()
    whenSettled(admitted.stored, () => place.left())
    return conclude(arrival, admitted)
  }

  /** Sees to it that the outcome is counted, and what was refused noted. */
  async function conclude({ source, what }: Arrival, admitted: Admitted): Promise<Admitted> {
    metrics.admission(admitted.code)
    const codes = [admitted.code, ...admitted.refused.map(({ code }) => code)]
    if (codes.includes('NEWER_THAN_ME')) trust.upgradeNeeded = true
    if (admitted.action !== 'accept' && source.kind !== 'shelf')
      await notes.note({ code: admitted.code, from: nameOf(source), what, detail: '' })
    return admitted
  }

  /** Judges leaves, queues what holds, and answers with the gravest of what was refused. */
  async function judgeUnder(
    { source, sync, lane }: Arrival,
    judged: JudgedOnce,
    leaves: readonly ProvenLeaf[],
    leafHashes?: readonly Hex[],
  ): Promise<Admitted> {
    const context = { nowMs: clock(), asOf: asOf(), clearance: clearance(), observablesOf }
    const { records, refused } = await judgeLeaves(slices, leaves, judged, context)
    const from = nameOf(source)
    // What lies on the shelf was noted when it came, or was let in then.
    const noted = source.kind === 'shelf' ? [] : refused
    const evidence = noted.map(({ index, code }): QuarantineRow => {
      return { at: clock(), code, from, what: 'leaf', detail: `${judged.hash} ${index}` }
    })
    const stored = writer.write(
      {
        header: headerRow(judged, clock(), leafHashes),
        from: judged.header.claims.from,
        records,
        evidence,
        source: from,
      },
      { sync, lane },
    )
    if (judged.fillsGap) {
      const tell = (): void => linkedListeners.forEach((listener) => listener(judged.node))
      stored.then(tell, tell)
    }
    stored.catch((error: unknown) => failed(source, judged, error))
    const verdicts = refused.map(({ code }) => verdictOf(code))
    const worst =
      verdicts.find(({ action }) => action === 'reject') ?? (records.length === 0 ? verdicts[0] : undefined)
    return { ...(worst ?? ACCEPTED), stored, refused }
  }

  /** Whoever does not wait for the writing must not be ended by its failure: it is counted and noted, reconciliation mends it. */
  async function failed(source: Source, { hash }: JudgedHeader, error: unknown): Promise<void> {
    const { code } = verdictOn(error)
    metrics.admission(code)
    await notes.note({ code, from: nameOf(source), what: 'header', detail: hash })
  }

  const admission: Admission = {
    admitBatch: (bytes, source, { sync, audience, compartment }) =>
      admit({ source, what: 'batch', bytes, sync, lane: laneOf(source, bytes) }, async (arrival) => {
        // Its leaves are views, and the caller may reuse its buffer; one byte more than may be is too many.
        const { header, leaves } = parseBatch(new Uint8Array(bytes.subarray(0, MAX_BATCH_BYTES + 1)))
        assertMeant(header, audience ?? compartment)
        // What a flood is made of ends here, before anything of its leaves is read.
        const { keyId } = knownAuthor(header, trust)
        accounts.assertSolvent(source, keyId, bytes.length)
        const { ids } = proveLeaves(crypto, { header, leaves })
        const proven = leaves.map((leaf, index) => ({ id: ids[index] as Hex, bytes: leaf, index }))
        // What a session or a file brings may fill up a batch of which some is held; by gossip comes nothing of old.
        const { chain, seq } = header.claims
        const isNew = ends.isBeyond({ author: keyId, chain: toHex(chain), seq })
        const isDuplicate = async (hash: Hex): Promise<boolean> =>
          !isNew &&
          (await isHeld(hash)) &&
          (audience !== undefined || (await store.hasRecords(ids)).every(Boolean))
        const coming = { source, header, bytes: bytes.length, isWhole: true, isDuplicate }
        return judgeOnce(coming, (judged) => judgeUnder(arrival, judged, proven, ids))
      }),
    async admitItem({ form, bytes }, source, compartment) {
      if (form === 'batch')
        return admission.admitBatch(bytes, source, {
          sync: false,
          ...(compartment !== undefined && { compartment }),
        })
      return admit({ source, what: form, bytes, sync: false, lane: laneOf(source) }, async (arrival) => {
        if (form === 'header') {
          const header = parseHeader(bytes)
          assertMeant(header, compartment)
          assertWanted(header, trust)
          const coming = { source, header, bytes: bytes.length, isWhole: false }
          return judgeOnce(coming, (judged) => judgeUnder(arrival, judged, []))
        }
        if (form !== 'record')
          throw new AdmissionError('BATCH_MALFORMED', 'expected a batch, a record or a header')
        const { header, leaf, leafHash, record } = openLoneRecord(crypto, new Uint8Array(bytes))
        assertMeant(header, compartment)
        const proven = { id: toHex(leafHash), bytes: leaf, index: record.index, path: record.path }
        const isDuplicate = (): Promise<boolean> => isStored(proven.id)
        const coming = { source, header, bytes: bytes.length, isWhole: false, isDuplicate }
        return judgeOnce(coming, (judged) => judgeUnder(arrival, judged, [proven]))
      })
    },
    admitControl: createControlDoor(trust, clock),
    async settled() {
      await Promise.all(inFlight)
    },
    inTurn: (action) => writer.inTurn(action),
    onStored: (listener) => listenIn(storedListeners, listener),
    onTakenBack: (listener) => listenIn(takenBackListeners, listener),
    onLinked: (listener) => listenIn(linkedListeners, listener),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  }
  return admission
}

/** [REJECT] A header is for the compartment on whose topic, or in whose session, it came. */
function assertMeant({ claims }: ParsedHeader, compartment: string | undefined): void {
  if (compartment !== undefined && claims.audience !== compartment)
    throw new AdmissionError('HEADER_AUDIENCE_MISMATCH', 'the header is for another compartment')
}

const NOTHING_STORED: Pick<Admitted, 'stored' | 'refused'> = { stored: NOTHING, refused: [] }

function whenSettled(promise: Promise<unknown>, action: () => void): void {
  void promise.catch(() => undefined).then(action)
}

/** What is thrown is the verdict. */
async function judgeSafely(judge: () => Promise<Admitted>): Promise<Admitted> {
  try {
    return await judge()
  } catch (error) {
    return { ...verdictOn(error), ...NOTHING_STORED }
  }
}

function listenIn<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
