import {
  isSameSummary,
  type JoinedIds,
  MAX_DIFFERENCE,
  MAX_LOG_HASHES,
  MAX_SYNC_HEADERS,
  parseHeader,
  splitIds,
  SyncError,
  type SyncHello,
  type SyncItem,
  type SyncMessage,
  type SyncMore,
  type SyncSet,
  toHex,
  wordsOf,
} from '@intelmesh/protocol'
import type { FrameChannel } from '../network/index.ts'
import type { HeaderRow, Hex } from '../store/index.ts'
import { helloOf, statusFor, viewAbove } from './hello.ts'
import { type ItemStream, streamIds, streamPaths, streamRecent } from './item-stream.ts'
import { packStream } from './packs.ts'
import { type ComparisonServer, createComparisonServer } from './serve-comparison.ts'
import {
  compartmentOfSet,
  type ComparedView,
  expectMessage,
  isControlSet,
  MAX_ROUNDS,
  receive,
  send,
  type SyncComponents,
  takeItems,
} from './session.ts'

/** What serving works with besides. */
export interface RespondComponents extends SyncComponents {
  /** Whether control has been agreed on: until then this node takes no data either. */
  readonly isReady: () => boolean
  /** Why a peer gets no session over a set just now, though it may have it. */
  readonly refuse: (node: string, set: SyncSet) => string | undefined
  /** A peer had another set when its session began, and handed over nothing of it. */
  readonly onLacking: (node: string, set: SyncSet) => void
}

/**
 * Serves one session that a peer opened: answers each of its messages, until it ends the stream.
 *
 * @throws SyncError, NetworkError
 * @see docs/spec/reconciliation.md, "Session"
 */
export async function respond(components: RespondComponents, channel: FrameChannel): Promise<void> {
  const { node } = channel.peer
  const { hello: theirs } = await expectMessage(channel, 'hello')
  const { set } = theirs
  const code = refusal(components, node, theirs)
  if (code !== undefined) return send(channel, { type: 'refused', code })
  await components.sweeper.sweepTo(Math.min(theirs.asOf, components.hour()))
  const floor = Math.max(theirs.floor, components.floorOf(set))
  // What the hello promises must be what later answers show, whatever is stored meanwhile.
  await using view = await viewAbove(components, set, floor)
  const isSame = isSameSummary(view.root, theirs) && floor === theirs.floor
  if (isSame) await components.sameSets.note(node, set, view.root)
  const since =
    isSame || isControlSet(set) ? undefined : await components.sameSets.sequenceOf(node, set, theirs)
  const until = components.store.counts.sequence
  const more: SyncMore = {
    ...(set === 'control' && statusFor(components, theirs.more)),
    // The order of arrival is that of all sets: a count would tell of those that the peer may not have.
    ...(since !== undefined && { recent: MAX_DIFFERENCE }),
  }
  if (isSame && Object.keys(more).length === 0) await send(channel, { type: 'same' })
  else await send(channel, { type: 'hello', hello: helloOf(components, set, view.root, more) })
  const comparison = createComparisonServer(components, { ...view, set })
  const served: Served = {
    components,
    channel,
    set,
    view,
    comparison,
    ...(since !== undefined && { recent: { since: Math.max(since, until - MAX_DIFFERENCE), until } }),
  }
  let isHanded = isSame
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const message = await receive(channel)
    if (message === undefined) {
      if (!isHanded) components.onLacking(node, set)
      return
    }
    isHanded ||= message.type === 'items'
    await answer(served, message)
  }
  throw new SyncError('SYNC_LIMIT', 'the session goes on for too long')
}

interface Served {
  readonly components: RespondComponents
  readonly channel: FrameChannel
  readonly set: SyncSet
  readonly view: ComparedView
  readonly comparison: ComparisonServer
  /** What came since both had the same, or the newest of it, by place in the order of arrival. */
  readonly recent?: { readonly since: number; readonly until: number }
}

/** Why there is no session: a set that the peer may not have, data before control, or clocks too far apart to compare what has expired. */
function refusal(
  { maySee, sweeper, hour, isReady, refuse }: RespondComponents,
  node: string,
  { set, asOf }: SyncHello,
): string | undefined {
  if (!maySee(node, compartmentOfSet(set))) return 'NOT_ENTITLED'
  const code = refuse(node, set)
  if (code !== undefined) return code
  if (!isReady() && !isControlSet(set)) return 'CONTROL_FIRST'
  if (asOf > Math.max(hour(), sweeper.asOf) + 1) return 'CLOCKS_DIFFER'
  return undefined
}

async function answer(served: Served, message: SyncMessage): Promise<void> {
  const { components, channel, set, view, comparison } = served
  const { store, crypto } = components
  assertMaySee(served)
  switch (message.type) {
    case 'ask':
    case 'cells':
      return send(channel, await comparison.answer(message))
    case 'want':
      return give(served, streamIds({ store, crypto, set }, [message.ids]))
    case 'pick':
      return give(
        served,
        streamIds({ store, crypto, set }, await comparison.idsOf(wordsOf(message.shortIds))),
      )
    case 'fetch':
      return give(served, streamPaths({ store, crypto, set }, view.read, message.paths))
    case 'recent':
      return give(served, recentOf(served))
    case 'items':
      await takeItems(components, set, message.items, { kind: 'peer', peer: channel.peer })
      return send(channel, { type: 'taken' })
    case 'log':
      return send(channel, { type: 'hashes', hashes: await hashesOf(served, message.from) })
    case 'headers':
      return send(channel, { type: 'items', more: false, items: await headersOf(served, message.hashes) })
    default:
      throw new SyncError('SYNC_MALFORMED', `expected a question, got ${message.type}`)
  }
}

/** A revocation in the midst of a session ends what the peer may have. */
function assertMaySee({ components, channel, set }: Served): void {
  if (!components.maySee(channel.peer.node, compartmentOfSet(set)))
    throw new SyncError('SYNC_REFUSED', 'the peer may no longer have this set')
}

/** Sends a stream message by message, each of which waits until the peer takes it; the last says that it is. */
async function give(served: Served, stream: ItemStream): Promise<void> {
  for await (const message of packStream(stream)) {
    assertMaySee(served)
    await send(served.channel, message)
  }
  await send(served.channel, { type: 'items', more: false, items: [] })
}

function recentOf({ components: { store, crypto }, set, recent }: Served): ItemStream {
  if (recent === undefined || isControlSet(set))
    throw new SyncError('SYNC_MALFORMED', 'nothing was said to be recent')
  return streamRecent({ store, crypto, set }, recent.since, recent.until)
}

async function hashesOf(
  { components: { store }, set }: Served,
  from: number,
): Promise<readonly Uint8Array[]> {
  if (set !== 'control') throw new SyncError('SYNC_MALFORMED', 'the log belongs to the set control')
  const to = Math.min(store.logSize, from + MAX_LOG_HASHES)
  return from < to ? store.logHashes(from, to) : []
}

/** Some headers, and below each what hangs on it. Those for another audience stay with those who may have them. */
async function headersOf(
  { components: { store }, set }: Served,
  hashes: JoinedIds,
): Promise<readonly SyncItem[]> {
  const items = new Map<Hex, SyncItem>()
  for (const hash of splitIds(hashes)) {
    for (let at: Hex | undefined = toHex(hash); at !== undefined && !items.has(at);) {
      const row: HeaderRow | undefined = await store.header(at)
      if (row === undefined || parseHeader(row.bytes).claims.audience !== compartmentOfSet(set)) break
      if (items.size === MAX_SYNC_HEADERS) return [...items.values()]
      items.set(at, { form: 'header', bytes: row.bytes })
      at = row.previous
    }
  }
  return [...items.values()]
}
