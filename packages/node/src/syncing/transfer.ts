import {
  wordBytes,
  type Bucket,
  ID_BYTES,
  type JoinedIds,
  joinIds,
  MAX_DIFFERENCE,
  MAX_FETCHED,
  MAX_PICKED,
  MAX_WANTED,
  parseBatch,
  SyncError,
  type SyncItem,
  type SyncMessage,
  type SyncSet,
} from '@intelmesh/protocol'
import type { FrameChannel } from '../network/index.ts'
import type { ItemStream } from './item-stream.ts'
import { unpack } from './packs.ts'
import {
  addCounts,
  compartmentOfSet,
  expectMessage,
  send,
  type SyncComponents,
  takeItems,
} from './session.ts'

/** What went over in a session so far. */
export interface Tally {
  readonly received: number
  readonly sent: number
  readonly skipped: Readonly<Record<string, number>>
  readonly missing: number
  /** Whether the peer gave next to nothing of much that it showed. */
  readonly withheld: boolean
}

/** Fetches and hands over what a comparison found, as the side that leads a session. */
export interface Transfer {
  readonly tally: Tally
  /** Asks for something of which the peer has shown so many ids, and takes what comes. */
  take(request: SyncMessage, promised: number): Promise<void>
  /** Everything at some paths, in their order. */
  fetch(buckets: readonly Bucket[]): Promise<void>
  /** Records by short ids, two words each. */
  pick(shortIds: Int32Array): Promise<void>
  /** Records by their ids, in runs. */
  want(runs: readonly JoinedIds[]): Promise<void>
  give(stream: ItemStream): Promise<void>
  /** Hands over one message of items. */
  hand(items: readonly SyncItem[]): Promise<void>
}

/** Of more ids than that a peer has to give one in as many: what it shows and does not give may be an accident where it is little. */
const FEW_IDS = 16

/** @see docs/spec/reconciliation.md, "Transfer" */
export function createTransfer(components: SyncComponents, channel: FrameChannel, set: SyncSet): Transfer {
  let tally: Tally = { received: 0, sent: 0, skipped: {}, missing: 0, withheld: false }
  const { peer } = channel

  async function take(request: SyncMessage, promised: number): Promise<void> {
    const { asOf } = components.sweeper
    let items = 0
    let ids = 0

    async function admit(portion: readonly SyncItem[]): Promise<void> {
      items += portion.length
      // Each item has one at least of the ids that were asked for.
      if (items > promised) throw new SyncError('SYNC_LIMIT', 'the peer gives more than it was asked for')
      ids += portion.reduce((sum, item) => sum + idsIn(item), 0)
      const { received, skipped } = await takeItems(components, set, portion, { kind: 'asked', peer })
      tally = { ...tally, received: tally.received + received, skipped: addCounts(tally.skipped, skipped) }
    }

    await send(channel, request)
    for (let more = true; more;) {
      const message = await expectMessage(channel, 'items', 'pack')
      const before = items
      if (message.type === 'pack') for await (const portion of unpack(message.frame)) await admit(portion)
      else await admit(message.items)
      more = message.type === 'pack' || message.more
      // Else it could keep this side busy for as long as a session lasts, and at no cost.
      if (more && items === before)
        throw new SyncError('SYNC_MALFORMED', 'the peer says that more follows, and gives nothing')
    }
    // How much is recent is not told: a count over all sets would tell of others than this one.
    if (request.type === 'recent') return
    const withheld = promised > FEW_IDS && ids * FEW_IDS < promised && components.sweeper.asOf === asOf
    tally = {
      ...tally,
      missing: tally.missing + Math.max(0, promised - ids),
      withheld: tally.withheld || withheld,
    }
  }

  async function hand(items: readonly SyncItem[]): Promise<void> {
    // A revocation in the midst of a session ends what the peer may have.
    if (!components.maySee(peer.node, compartmentOfSet(set)))
      throw new SyncError('SYNC_REFUSED', 'the peer may no longer have this set')
    await send(channel, { type: 'items', more: false, items })
    await expectMessage(channel, 'taken')
    tally = { ...tally, sent: tally.sent + items.length }
  }

  return {
    get tally() {
      return tally
    },
    take,
    async fetch(buckets) {
      let total = 0
      for (let at = 0; at < buckets.length && total < MAX_DIFFERENCE;) {
        const run = nextRun(buckets.slice(at, at + MAX_FETCHED))
        const shown = run.reduce((sum, { count }) => sum + count, 0)
        const promised = Math.min(shown, MAX_DIFFERENCE)
        await take({ type: 'fetch', paths: run.map(({ path }) => path) }, promised)
        at += run.length
        total += promised
      }
    },
    async pick(shortIds) {
      for (let at = 0; at < shortIds.length; at += 2 * MAX_PICKED) {
        const run = shortIds.subarray(at, at + 2 * MAX_PICKED)
        await take({ type: 'pick', shortIds: wordBytes(run) }, run.length / 2)
      }
    },
    async want(runs) {
      const ids = joinIds(runs).subarray(0, MAX_DIFFERENCE * ID_BYTES)
      for (let at = 0; at < ids.length; at += MAX_WANTED * ID_BYTES) {
        const run = ids.subarray(at, at + MAX_WANTED * ID_BYTES)
        await take({ type: 'want', ids: run }, run.length / ID_BYTES)
      }
    },
    async give(stream) {
      for await (const { items } of stream) await hand(items)
    },
    hand,
  }
}

/** Ids that an item brings; what is none counts as one that admission refuses. */
function idsIn({ form, bytes }: SyncItem): number {
  if (form !== 'batch') return 1
  try {
    return parseBatch(bytes).leaves.length
  } catch {
    return 1
  }
}

/** Ids of one request: enough to keep both sides busy, and little enough to be judged anew before the next. */
const IDS_AT_ONCE = 65_536

/** The first of some buckets, one at least, with some tens of thousands of ids. */
function nextRun(buckets: readonly Bucket[]): readonly Bucket[] {
  let ids = 0
  const end = buckets.findIndex(({ count }, i) => (ids += count) > IDS_AT_ONCE && i > 0)
  return end < 0 ? buckets : buckets.slice(0, end)
}
