import {
  type Crypto,
  headerHash,
  MAX_BATCH_BYTES,
  openBatch,
  openLoneRecord,
  type ParsedHeader,
  parseHeader,
  type SyncItem,
  type TlpLabel,
  toHex,
} from '@intelmesh/protocol'
import type { Metrics } from '../observe/index.ts'
import type { Hex, QuarantineRow, RecordRow, Store } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import { AdmissionError, headerRow, judgeHeader, type JudgedHeader } from './judge-header.ts'
import { judgeLeaf, type LeafPlace } from './judge-leaf.ts'
import { createQuota } from './quota.ts'
import type { TakenBack } from './retraction.ts'
import { ACCEPTED, nameOf, type Source, type Verdict, verdictOf, verdictOn } from './verdict.ts'
import { createWriter } from './writer.ts'

export interface AdmissionComponents {
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
  /** Judges a batch. Never throws; the verdict is there before anything is written. `audience` is the topic it came on. */
  admitBatch(
    bytes: Uint8Array,
    source: Source,
    options: { readonly sync: boolean; readonly audience?: string },
  ): Promise<Admitted>
  /** Judges what a reconciliation session or file brought. */
  admitItem(item: SyncItem, source: Source): Promise<Admitted>
  /** Resolves once all that is being judged now is stored, or refused. */
  settled(): Promise<void>
  /** Does something while no records are being stored: what it reads of the store is so still when it writes. */
  inTurn<T>(action: () => Promise<T>): Promise<T>
  /** Tells of records once they are stored, until the function that it gives is called. */
  onStored(listener: (records: readonly RecordRow[]) => void): () => void
  /** Tells of records that tombstones keep out of the set, once that is written: those that were held, and those that come after. */
  onTakenBack(listener: (records: readonly TakenBack[]) => void): () => void
}

const NOTHING: Promise<readonly Hex[]> = Promise.resolve([])

export function openAdmission({
  store,
  trust,
  crypto,
  clock,
  metrics,
  asOf,
  clearance,
}: AdmissionComponents): Admission {
  const storedListeners = new Set<(records: readonly RecordRow[]) => void>()
  const takenBackListeners = new Set<(records: readonly TakenBack[]) => void>()
  const inFlight = new Set<Promise<unknown>>()
  const quota = createQuota()
  const nodesOf = (organisation: Hex): readonly Hex[] =>
    trust.roster.ofOrganisation(organisation).map(({ keyId }) => keyId)
  const writer = createWriter(
    { store, hasher: crypto, nodesOf },
    {
      onStored: (records) => storedListeners.forEach((listener) => listener(records)),
      onTakenBack: (records) => takenBackListeners.forEach((listener) => listener(records)),
    },
  )

  function admit(source: Source, what: string, judge: () => Promise<Admitted>): Promise<Admitted> {
    const admitting = admitNow(source, what, judge)
    const settling = admitting
      .then(({ stored }) => stored)
      .catch(() => undefined)
      .finally(() => inFlight.delete(settling))
    inFlight.add(settling)
    return admitting
  }

  /** Judges what came, and sees to it that the outcome is counted, and what was refused noted. */
  async function admitNow(source: Source, what: string, judge: () => Promise<Admitted>): Promise<Admitted> {
    const admitted = await judge().catch((error: unknown): Admitted => ({
      ...verdictOn(error),
      stored: NOTHING,
      refused: [],
    }))
    metrics.admission(admitted.code)
    const codes = [admitted.code, ...admitted.refused.map(({ code }) => code)]
    if (codes.includes('NEWER_THAN_ME')) trust.upgradeNeeded = true
    if (admitted.action !== 'accept' && source.kind !== 'shelf' && !QUIET.has(admitted.code))
      await note(source, what, admitted.code, '')
    return admitted
  }

  async function note(source: Source, what: string, code: string, detail: string): Promise<void> {
    await store
      .commit({ quarantine: [row(source, what, code, detail)] }, { sync: false })
      .catch(() => undefined)
  }

  function row(source: Source, what: string, code: string, detail: string): QuarantineRow {
    return { at: clock(), code, from: nameOf(source), what, detail }
  }

  /** [IGNORE] A member stays within what this node checks for one member. */
  function charge(payer: string, bytes: number): void {
    if (quota.take(payer, bytes, clock())) return
    throw new AdmissionError('QUOTA', 'the member sends more than this node checks in time')
  }

  /** Before anything is checked, whoever sent it pays; what this node asked for comes at its own pace. */
  function chargeSender(source: Source, bytes: number): void {
    if (writer.isFull)
      throw new AdmissionError('QUEUE_FULL', 'more waits to be written than this node can hold')
    if (source.kind === 'peer') charge(`sender ${source.node}`, bytes)
  }

  /** Nobody pays for bytes that only name it: the author does once its signature holds, and the sender no longer. */
  async function judge(parsed: ParsedHeader, bytes: number, source: Source): Promise<JudgedHeader> {
    const judged = await judgeHeader(parsed, { store, trust, crypto, nowMs: clock() })
    if (source.kind === 'peer') {
      charge(`author ${judged.node}`, bytes)
      quota.give(`sender ${source.node}`, bytes)
    }
    return judged
  }

  /** Judges leaves one by one: a bad one is refused by itself, the others belong to the set all the same. */
  function judgeLeaves(
    leaves: readonly (readonly [Uint8Array, LeafPlace])[],
    header: JudgedHeader,
  ): { records: RecordRow[]; refused: { index: number; code: string }[] } {
    const records: RecordRow[] = []
    const refused: { index: number; code: string }[] = []
    for (const [leaf, place] of leaves) {
      try {
        records.push(
          judgeLeaf(leaf, place, header, { crypto, nowMs: clock(), asOf: asOf(), clearance: clearance() }),
        )
      } catch (error) {
        refused.push({ index: place.index, code: verdictOn(error).code })
      }
    }
    return { records, refused }
  }

  /** Queues what holds, and answers with the gravest of what was refused. */
  function conclude(
    judged: JudgedHeader,
    { records, refused }: ReturnType<typeof judgeLeaves>,
    source: Source,
    options: { readonly sync: boolean; readonly leafHashes?: readonly Uint8Array[] },
  ): Admitted {
    const evidence = [
      ...judged.evidence.map((code) => row(source, 'header', code, `${judged.node} ${judged.hash}`)),
      ...refused.map(({ index, code }) => row(source, 'leaf', code, `${judged.hash} ${index}`)),
    ]
    const stored = writer.write(
      { header: headerRow(judged, clock(), options.leafHashes), records, evidence },
      { sync: options.sync },
    )
    // Whoever does not wait for the writing must not be ended by its failure: the store reports it, reconciliation mends it.
    stored.catch(() => metrics.admission('STORE_IO'))
    const verdicts = refused.map(({ code }) => verdictOf(code))
    const worst =
      verdicts.find(({ action }) => action === 'reject') ?? (records.length === 0 ? verdicts[0] : undefined)
    return { ...(worst ?? ACCEPTED), stored, refused }
  }

  /** [IGNORE] The header is not held yet with all its leaves, and is not on its way to the disk. */
  async function assertNew(hash: Hex): Promise<void> {
    const isHeld = writer.isPending(hash) || (await store.header(hash))?.leafHashes !== undefined
    if (isHeld) throw new AdmissionError('DUPLICATE', 'the header is held already')
  }

  const admission: Admission = {
    admitBatch: (bytes, source, options) =>
      admit(source, 'batch', async () => {
        if (bytes.length > MAX_BATCH_BYTES)
          throw new AdmissionError('BATCH_TOO_LARGE', `expected at most ${MAX_BATCH_BYTES} bytes`)
        chargeSender(source, bytes.length)
        const batch = openBatch(crypto, bytes)
        // [REJECT] The header is for the compartment on whose topic it came.
        if (options.audience !== undefined && batch.header.claims.audience !== options.audience) {
          throw new AdmissionError('HEADER_AUDIENCE_MISMATCH', 'the batch is for another compartment')
        }
        await assertNew(toHex(headerHash(crypto, batch.header.bytes)))
        const judged = await judge(batch.header, bytes.length, source)
        const leaves = judgeLeaves(
          batch.leaves.map((leaf, index) => [leaf, { index }] as const),
          judged,
        )
        return conclude(judged, leaves, source, { sync: options.sync, leafHashes: batch.leafHashes })
      }),
    async admitItem({ form, bytes }, source) {
      if (form === 'batch') return admission.admitBatch(bytes, source, { sync: false })
      return admit(source, form, async () => {
        chargeSender(source, bytes.length)
        if (form === 'header') {
          const judged = await judge(parseHeader(bytes), bytes.length, source)
          return conclude(judged, { records: [], refused: [] }, source, { sync: false })
        }
        if (form !== 'record')
          throw new AdmissionError('BATCH_MALFORMED', 'expected a batch, a record or a header')
        const { header, leaf, record } = openLoneRecord(crypto, bytes)
        const judged = await judge(header, bytes.length, source)
        return conclude(
          judged,
          judgeLeaves([[leaf, { index: record.index, path: record.path }]], judged),
          source,
          { sync: false },
        )
      })
    },
    async settled() {
      await Promise.all(inFlight)
    },
    inTurn: (action) => writer.inTurn(action),
    onStored: (listener) => listenIn(storedListeners, listener),
    onTakenBack: (listener) => listenIn(takenBackListeners, listener),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  }
  return admission
}

function listenIn<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Codes too ordinary to be worth a line in the quarantine. */
const QUIET: ReadonlySet<string> = new Set([
  'DUPLICATE',
  'QUEUE_FULL',
  'STORE_FULL',
  'STORE_IO',
  'RECORD_EXPIRED',
])
