import {
  type Bucket,
  compareSets,
  ID_BYTES,
  isSameSummary,
  type JoinedIds,
  SyncError,
  type SetDifference,
  type SyncAnswer,
  type SyncHello,
  type SyncMessage,
  type SyncQuestion,
  type SyncSet,
} from '@intelmesh/protocol'
import type { FrameChannel } from '../network/index.ts'
import { fillGaps } from './fill-gaps.ts'
import { helloOf, statusMark, takeStatus, viewAbove } from './hello.ts'
import { streamIds, streamPaths, streamRecent, type StreamSource } from './item-stream.ts'
import {
  type ComparedView,
  type DataSet,
  expectMessage,
  isControlSet,
  MAX_ROUNDS,
  send,
  type SyncComponents,
} from './session.ts'
import { createTransfer, type Transfer } from './transfer.ts'

/** How a session ended. */
export interface SessionOutcome {
  readonly set: SyncSet
  /** Whether both had the same when the session began. */
  readonly wasEqual: boolean
  /** Ids that either side had then. */
  readonly own: number
  readonly theirs: number
  /** Ids that one side alone had, as far as a comparison told; absent where none was needed, or came to be. */
  readonly onlyHere?: number
  readonly onlyThere?: number
  /** Records, or control objects, that are new here; and items handed over. */
  readonly received: number
  readonly sent: number
  /** What came and was not taken, by code. */
  readonly skipped: Readonly<Record<string, number>>
  /** Ids that the peer showed and did not give. */
  readonly missing: number
  /** Whether it gave next to nothing of much that it showed. */
  readonly withheld: boolean
  /** Cells compared, and whether they told nothing, so that ids were told in full. */
  readonly cells: number
  readonly gaveUp: boolean
  /** Round trips, and bytes on the stream, both ways. */
  readonly rounds: number
  readonly bytes: number
  readonly refused?: string
}

/**
 * Leads one session over a set: finds what either side lacks, fetches the one and hands over the other.
 *
 * @throws SyncError, NetworkError
 * @see docs/spec/reconciliation.md, "Session"
 */
export async function initiate(
  components: SyncComponents,
  channel: FrameChannel,
  set: SyncSet,
): Promise<SessionOutcome> {
  const bytesBefore = channel.bytes.sent + channel.bytes.received
  const counted = countRounds(channel)
  const transfer = createTransfer(components, counted.channel, set)
  const own = await rootAbove(components, set, components.floorOf(set))
  const outcome = (rest: Partial<SessionOutcome> = {}): SessionOutcome => ({
    ...NOTHING,
    ...transfer.tally,
    set,
    own: own.count,
    rounds: counted.rounds,
    bytes: channel.bytes.sent + channel.bytes.received - bytesBefore,
    ...rest,
  })
  const more = set === 'control' ? statusMark(components) : {}
  await send(counted.channel, { type: 'hello', hello: helloOf(components, set, own, more) })
  const answer = await expectMessage(counted.channel, 'hello', 'same', 'refused')
  if (answer.type === 'refused') return outcome({ refused: answer.code })
  if (answer.type === 'same') {
    await components.sameSets.note(channel.peer.node, set, own)
    return outcome({ wasEqual: true, theirs: own.count })
  }
  const { hello } = answer
  const theirs = hello.count
  if (hello.set !== set) throw new SyncError('SYNC_MALFORMED', 'the peer answers for another set')
  if (set === 'control') await exchangeStatus(components, counted.channel, transfer, hello)
  // Sets can only be compared at one hour.
  if (hello.asOf > Math.max(components.hour(), components.sweeper.asOf) + 1)
    return outcome({ theirs, refused: 'CLOCKS_DIFFER' })
  if (hello.asOf > components.sweeper.asOf)
    await components.sweeper.sweepTo(Math.min(hello.asOf, components.hour()))
  await using view = await viewAbove(components, set, Math.max(hello.floor, components.floorOf(set)))
  if (isSameSummary(view.root, hello)) {
    await components.sameSets.note(channel.peer.node, set, view.root)
    return outcome({ wasEqual: true, theirs })
  }
  if (!isControlSet(set)) {
    await fillGaps(components, counted.channel, set)
    if (await exchangeRecent(components, transfer, channel.peer.node, set, hello)) return outcome({ theirs })
  }
  const difference = await compare(components, counted.channel, view, hello)
  await mend({ ...components, set }, transfer, view, difference)
  const { cells, gaveUp } = difference
  return outcome({ theirs, ...sizesOf(difference), cells, gaveUp })
}

const NOTHING = {
  wasEqual: false,
  own: 0,
  theirs: 0,
  received: 0,
  sent: 0,
  skipped: {},
  missing: 0,
  withheld: false,
  cells: 0,
  gaveUp: false,
}

async function rootAbove(
  components: SyncComponents,
  set: SyncSet,
  floor: number,
): Promise<ComparedView['root']> {
  if (floor === 0) return components.store.rootOf(set)
  await using view = await viewAbove(components, set, floor)
  return view.root
}

/** Counts what this side says: each message of it is answered. */
function countRounds(channel: FrameChannel): { readonly channel: FrameChannel; readonly rounds: number } {
  let rounds = 0
  const counting: FrameChannel = {
    peer: channel.peer,
    bytes: channel.bytes,
    receive: () => channel.receive(),
    send(frame) {
      rounds++
      return channel.send(frame)
    },
    abort: () => channel.abort(),
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  }
  return {
    channel: counting,
    get rounds() {
      return rounds
    },
  }
}

/** Sees to it that both sides have the newest beacon and list, and this one the log up to the newest checkpoint. */
async function exchangeStatus(
  components: SyncComponents,
  channel: FrameChannel,
  transfer: Transfer,
  { more }: SyncHello,
): Promise<void> {
  const { trust, store } = components
  const newer = await takeStatus(components, more, channel.peer)
  if (newer.length > 0) await transfer.hand(newer)
  const wanted = trust.log.checkpoint?.size ?? 0
  if (store.logSize >= wanted || (more.logSize ?? 0) < wanted) return
  const hashes: Uint8Array[] = []
  while (store.logSize + hashes.length < wanted) {
    await send(channel, { type: 'log', from: store.logSize + hashes.length })
    const part = await expectMessage(channel, 'hashes')
    if (part.hashes.length === 0) return
    hashes.push(...part.hashes.slice(0, wanted - store.logSize - hashes.length))
  }
  await trust.extendLog(hashes)
}

/**
 * Where one side has only added to what both once had, what it added is all that the other can lack. Says whether that is so, and nothing is
 * left to be compared.
 */
async function exchangeRecent(
  { store, crypto, sameSets }: SyncComponents,
  transfer: Transfer,
  node: string,
  set: DataSet,
  hello: SyncHello,
): Promise<boolean> {
  const { recent } = hello.more
  if (recent !== undefined) {
    await transfer.take({ type: 'recent' }, recent)
    return transfer.tally.received > 0
  }
  const sequence = await sameSets.sequenceOf(node, set, hello)
  if (sequence === undefined) return false
  const until = store.counts.sequence
  if (until - sequence > MAX_GIVEN) return true
  await transfer.give(streamRecent({ store, crypto, set }, sequence, until))
  return transfer.tally.sent > 0
}

/** Carries questions and answers of a comparison between both sides. */
async function compare(
  { crypto, breathe }: SyncComponents,
  channel: FrameChannel,
  view: ComparedView,
  hello: SyncHello,
): Promise<SetDifference> {
  const side = { ...view, hasher: crypto, breathe }
  const comparison = compareSets(side, hello)
  let step = await comparison.next()
  for (let round = 0; step.done !== true; round++) {
    if (round > MAX_ROUNDS) throw new SyncError('SYNC_LIMIT', 'the comparison goes on for too long')
    await send(channel, step.value)
    step = await comparison.next(await expectMessage(channel, ANSWERS[step.value.type]))
  }
  return step.value
}

/** Records that one session hands over. */
const MAX_GIVEN = 1024

const ANSWERS = { ask: 'nodes', cells: 'run' } as const satisfies Record<
  SyncQuestion['type'],
  (SyncAnswer & SyncMessage)['type']
>

/** How many ids one side alone has. */
function sizesOf({
  fetch,
  give,
  need,
  have,
  pick,
}: SetDifference): Required<Pick<SessionOutcome, 'onlyHere' | 'onlyThere'>> {
  const atPaths = (buckets: readonly Bucket[]): number => buckets.reduce((sum, { count }) => sum + count, 0)
  const inRuns = (runs: readonly JoinedIds[]): number =>
    runs.reduce((sum, { length }) => sum + length / ID_BYTES, 0)
  return {
    onlyHere: atPaths(give) + inRuns(have),
    onlyThere: atPaths(fetch) + inRuns(need) + pick.length / 2,
  }
}

/**
 * Fetches what this side lacks, the newest first, and hands over what the peer lacks, where it is little: of much, each of its peers would hand
 * over the same. It fetches that from one of them, by a session of its own.
 */
async function mend(
  source: StreamSource,
  transfer: Transfer,
  view: ComparedView,
  difference: SetDifference,
): Promise<void> {
  const { fetch, give, need, have, pick } = difference
  await transfer.fetch(fetch)
  await transfer.pick(pick)
  await transfer.want(need)
  if (!isControlSet(source.set) && sizesOf(difference).onlyHere > MAX_GIVEN) return
  const paths = give.map(({ path }) => path)
  await transfer.give(streamPaths(source, view.read, paths))
  await transfer.give(streamIds(source, have))
}
