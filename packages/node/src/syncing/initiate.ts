import {
  advanceDifference,
  beginDifference,
  type Difference,
  type Hasher,
  isSameSummary,
  MAX_QUESTIONS,
  MAX_WANTED,
  type Opening,
  SyncError,
  type SyncSet,
  toHex,
  type TreeNode,
} from '@intelmesh/protocol'
import type { FrameChannel } from '../network/index.ts'
import type { TreeView } from '../store/index.ts'
import { fillGaps } from './fill-gaps.ts'
import { collectItems } from './items.ts'
import {
  compartmentOfSet,
  expectMessage,
  MAX_ROUNDS,
  ownOpening,
  send,
  type SyncComponents,
  takeItems,
  takeStatus,
} from './session.ts'

/** How a session ended. */
export interface SessionOutcome {
  readonly set: SyncSet
  /** Whether both roots were equal when the session began. */
  readonly wasEqual: boolean
  readonly received: number
  readonly sent: number
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
  await send(channel, { type: 'open', opening: ownOpening(components, set, components.store.rootOf(set)) })
  const { opening } = await expectMessage(channel, 'open')
  const nothing = { set, wasEqual: false, received: 0, sent: 0 }
  if (opening.refused !== undefined) return { ...nothing, refused: opening.refused }
  if (opening.set !== set) throw new SyncError('SYNC_MALFORMED', 'the peer answers for another set')
  if (set === 'control') {
    await takeStatus(components, opening, channel.peer)
    await extendLog(components, channel, opening)
  }
  // Sets can only be compared at one hour.
  if (opening.asOf > Math.max(components.hour(), components.sweeper.asOf) + 1) {
    await send(channel, { type: 'done' })
    return { ...nothing, refused: 'CLOCKS_DIFFER' }
  }
  if (opening.asOf > components.sweeper.asOf)
    await components.sweeper.sweepTo(Math.min(opening.asOf, components.hour()))
  await using view = await components.store.viewOf(set)
  const theirs = { count: opening.count, digest: opening.digest }
  if (isSameSummary(view.root, theirs)) {
    await components.sameSets.note(channel.peer.node, set, view.root)
    await send(channel, { type: 'done' })
    return { ...nothing, wasEqual: true }
  }
  if (set !== 'control' && set !== 'register') await fillGaps(components, channel, set)
  const difference = await compare(components.crypto, channel, view, beginDifference(view.root, theirs))
  const received = await fetchMissing(components, channel, set, difference.need)
  const sent = await handOver(components, channel, set, difference.have)
  await send(channel, { type: 'done' })
  return { set, wasEqual: false, received, sent }
}

async function compare(
  crypto: Hasher,
  channel: FrameChannel,
  { read }: TreeView,
  start: Difference,
): Promise<Difference> {
  let difference = start
  for (let round = 0; difference.ask.length > 0; round++) {
    if (round > MAX_ROUNDS) throw new SyncError('SYNC_LIMIT', 'the comparison goes on for too long')
    const paths = difference.ask.slice(0, MAX_QUESTIONS).map(({ path }) => path)
    await send(channel, { type: 'ask', paths })
    const { nodes }: { nodes: readonly (TreeNode | undefined)[] } = await expectMessage(channel, 'nodes')
    difference = await advanceDifference(crypto, read, difference, nodes)
  }
  return difference
}

/** Asks for what is missing in runs. The peer may give less than a run at a time: what it leaves out is asked for again while it gives anything. */
async function fetchMissing(
  components: SyncComponents,
  channel: FrameChannel,
  set: SyncSet,
  need: readonly Uint8Array[],
): Promise<number> {
  let received = 0
  for (let at = 0; at < need.length; at += MAX_WANTED) {
    let missing = need.slice(at, at + MAX_WANTED)
    while (missing.length > 0) {
      await send(channel, { type: 'want', ids: missing })
      const { items } = await expectMessage(channel, 'items')
      if (items.length === 0) break
      received += await takeItems(components, set, items, { kind: 'asked', peer: channel.peer })
      const left = await stillMissing(components, set, missing)
      // What the peer gave was refused here: asking again would bring the same.
      if (left.length === missing.length) break
      missing = left
    }
  }
  return received
}

async function stillMissing(
  { store }: SyncComponents,
  set: SyncSet,
  ids: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const held =
    set === 'control' || set === 'register'
      ? await Promise.all(ids.map(async (id) => (await store.controlById(set, toHex(id))) !== undefined))
      : await store.hasRecords(ids.map((id) => toHex(id)))
  return ids.filter((_, i) => held[i] !== true)
}

async function handOver(
  { store, crypto, maySee }: SyncComponents,
  channel: FrameChannel,
  set: SyncSet,
  have: readonly Uint8Array[],
): Promise<number> {
  let sent = 0
  for (let at = 0; at < have.length;) {
    const { items, done } = await collectItems(store, crypto, set, have.slice(at, at + MAX_WANTED))
    at += Math.max(1, done)
    if (items.length === 0) continue
    // A revocation in the midst of a session ends what the peer may have.
    if (!maySee(channel.peer.node, compartmentOfSet(set)))
      throw new SyncError('SYNC_REFUSED', 'the peer may no longer have this set')
    await send(channel, { type: 'items', items })
    await expectMessage(channel, 'done')
    sent += items.length
  }
  return sent
}

/** Fetches the part of the log that the newest checkpoint covers and this node lacks. */
async function extendLog(
  { trust, store }: SyncComponents,
  channel: FrameChannel,
  opening: Opening,
): Promise<void> {
  const wanted = trust.log.checkpoint?.size ?? 0
  if (store.logSize >= wanted || (opening.logSize ?? 0) < wanted) return
  const hashes: Uint8Array[] = []
  while (store.logSize + hashes.length < wanted) {
    await send(channel, { type: 'log', from: store.logSize + hashes.length })
    const part = await expectMessage(channel, 'hashes')
    if (part.hashes.length === 0) return
    hashes.push(...part.hashes.slice(0, wanted - store.logSize - hashes.length))
  }
  await trust.extendLog(hashes)
}
