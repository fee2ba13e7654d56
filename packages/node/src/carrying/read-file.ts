import { codeOf, type ControlObject, decodeControl, type SyncItem, toHex } from '@intelmesh/protocol'
import type { Admission } from '../admission/index.ts'
import type { SyncImportReport } from '../care-api.ts'
import { skippedViews } from '../care/index.ts'
import { isoTime, type QueryComponents } from '../query/index.ts'
import {
  type About,
  decodeAbout,
  decodeEnd,
  decodeItems,
  decodeLog,
  type End,
  type ItemsFrame,
} from './content.ts'
import { CarryError } from './errors.ts'
import { type CarriedFrame, openFrames } from './frames.ts'
import { findChainGaps, findHourGaps } from './gaps.ts'
import { createNamedChains } from './named-chains.ts'
import { openSettledFrames } from './settled-frames.ts'
import { createTally, type Tally } from './tally.ts'

/** What a file is taken into. */
export interface ReadFileComponents extends QueryComponents {
  readonly admission: Admission
}

/**
 * Takes what a file brings, frame by frame, through the doors by which everything comes in. A frame that is damaged is passed over;
 * where a file is cut, or not to be told apart any more, what came before it stays. Frames that an earlier import of the same file
 * took whole are not judged again, and what is missing is told as if they were.
 *
 * @throws CarryError CARRY_MALFORMED, CARRY_NEWER, CARRY_TRUNCATED for what has no beginning; CARRY_FOREIGN for a file of another
 * cluster; StoreError when what was taken could not be written
 * @see docs/spec/carrying.md, "Reading"
 */
export async function readFile(
  components: ReadFileComponents,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<SyncImportReport> {
  const { store, clock } = components
  const opened = await openFrames(pieces)
  const file = toHex(opened.fileId)
  const settled = await openSettledFrames(store, opened.fileId, clock)
  const tally = createTally()
  const chains = createNamedChains(store, components.crypto)
  const log = createLogReader(components)
  const frames = opened.frames()
  const first = await frames.next()
  const about = aboutOf(components, first.done === true ? undefined : first.value)
  let end: End | undefined
  let broke: CarryError | undefined
  let number = 1
  for (; ; number++) {
    signal.throwIfAborted()
    const next = await frames.next()
    if (next.done === true) {
      broke = next.value
      break
    }
    const frame = next.value
    try {
      if (frame.kind === 'end') end = decodeEnd(frame.content)
      else if (frame.kind === 'damaged') tally.damaged()
      else if (frame.kind === 'log') await takeLog(frame, log, tally)
      else if (frame.kind === 'items') {
        const content = decodeItems(frame.content)
        if (settled.has(frame)) tally.skip(content)
        else if (await takeItems(components, content, tally)) settled.add(frame)
        await chains.note(content.items)
      } else throw new CarryError('CARRY_MALFORMED', 'expected that once')
    } catch (error) {
      if (!isMalformed(error)) throw error
      tally.damaged()
    }
    if (end !== undefined) break
    if (tally.rejected > MAX_REJECTED) {
      broke = new CarryError('CARRY_REFUSED', 'the file holds too much that is provably bad')
      break
    }
    if (number % SAVE_EVERY === 0) await settled.save({ isLast: false })
  }
  // With this, what was taken before is on disk.
  await settled.save({ isLast: true })
  return {
    file,
    from: {
      node: toHex(about.node),
      made: isoTime(about.at),
      ...(about.since !== undefined && { since: isoTime(about.since) }),
    },
    isWhole: end !== undefined && tally.frames.damaged === 0,
    ...(broke !== undefined && { broke: { code: broke.code, at: number } }),
    frames: tally.frames,
    sets: tally.sets(store, end),
    refused: skippedViews(tally.refused),
    missingCertificates: tally.missingCertificates,
    chainGaps: await findChainGaps(store, chains.chains),
    hourGaps: await findHourGaps(store, end, clock()),
  }
}

/** Honest nodes verified what they hold. */
const MAX_REJECTED = 1_000
/** Frames between two notes of how far the import is. */
const SAVE_EVERY = 64

/** @throws CarryError CARRY_TRUNCATED, CARRY_MALFORMED, CARRY_FOREIGN, CARRY_NEWER */
function aboutOf({ trust }: ReadFileComponents, frame: CarriedFrame | undefined): About {
  if (frame === undefined) throw new CarryError('CARRY_TRUNCATED', 'the file ends before it says what it is')
  if (frame.kind !== 'about') throw new CarryError('CARRY_MALFORMED', 'expected what the file is, first')
  const about = readAbout(frame.content)
  if (about.cluster !== trust.cluster || toHex(about.aco) !== trust.aco)
    throw new CarryError('CARRY_FOREIGN', `the file is of the cluster ${about.cluster} of another ACO`)
  return about
}

function readAbout(content: Uint8Array): About {
  try {
    return decodeAbout(content)
  } catch (cause) {
    const code = codeOf(cause) === 'NEWER_THAN_ME' ? 'CARRY_NEWER' : 'CARRY_MALFORMED'
    throw new CarryError(code, 'what the file says of itself cannot be read', { cause })
  }
}

async function takeLog(
  { content }: { readonly content: Uint8Array },
  log: LogReader,
  tally: Tally,
): Promise<void> {
  const { from, hashes } = decodeLog(content)
  await log.take(from, hashes)
  tally.taken()
}

/** Whether all of the frame is here now. */
function takeItems(components: ReadFileComponents, frame: ItemsFrame, tally: Tally): Promise<boolean> {
  tally.taken()
  return frame.set === 'control' || frame.set === 'register'
    ? takeControl(components, frame, tally)
    : takeRecords(components, frame, tally)
}

async function takeControl({ trust }: ReadFileComponents, frame: ItemsFrame, tally: Tally): Promise<boolean> {
  const objects = frame.items.map(controlOf)
  const verdicts = await trust.admit(
    objects.filter((object) => object !== undefined),
    'file',
  )
  const accepted = verdicts.filter(({ action }) => action === 'accept').length
  return tally.judged(frame, accepted, verdicts)
}

function controlOf({ bytes }: SyncItem): ControlObject | undefined {
  try {
    return decodeControl(bytes)
  } catch {
    return undefined
  }
}

async function takeRecords(
  { admission, crypto }: ReadFileComponents,
  frame: ItemsFrame,
  tally: Tally,
): Promise<boolean> {
  const admitted = await Promise.all(frame.items.map((item) => admission.admitItem(item, { kind: 'file' })))
  const ids = await Promise.all(admitted.map(({ stored }) => stored))
  for (const [i, { code }] of admitted.entries())
    if (code === 'CERT_UNKNOWN') tally.lacks(crypto, frame.items[i] as SyncItem)
  const verdicts = admitted.flatMap(({ action, code, refused }) => [
    ...(refused.length > 0 ? [] : [{ action, code }]),
    ...refused.map((leaf) => ({ action, code: leaf.code })),
  ])
  return tally.judged(
    frame,
    ids.reduce((sum, each) => sum + each.length, 0),
    verdicts,
  )
}

interface LogReader {
  take(from: number, hashes: readonly Uint8Array[]): Promise<void>
}

/** Gathers the part of the log that the newest checkpoint covers and this node lacks, and no more of it. */
function createLogReader({ store, trust }: ReadFileComponents): LogReader {
  let gathered: Uint8Array[] = []
  return {
    async take(from, hashes) {
      const wanted = trust.log.checkpoint?.size ?? 0
      const at = store.logSize + gathered.length
      if (at >= wanted || from > at || from + hashes.length <= at) return
      gathered.push(...hashes.slice(at - from, wanted - from))
      if (store.logSize + gathered.length < wanted) return
      await trust.extendLog(gathered)
      gathered = []
    },
  }
}

/** What a frame holds was not written by a program like this one: that is its fault, and not this node's. */
function isMalformed(error: unknown): boolean {
  return /^(?:CARRY|SYNC|CBOR|STRUCT|CONTROL|TEXT)_|^NEWER_THAN_ME$/.test(codeOf(error) ?? '')
}
