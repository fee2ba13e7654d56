import {
  isSameSummary,
  MAX_LOG_HASHES,
  MAX_SYNC_HEADERS,
  nodesThatFit,
  type Opening,
  parseHeader,
  type ReadNode,
  SyncError,
  type SyncMessage,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import type { FrameChannel } from '../network/index.ts'
import { collectItems } from './items.ts'
import {
  compartmentOfSet,
  expectMessage,
  MAX_ROUNDS,
  ownOpening,
  receive,
  send,
  type SyncComponents,
  takeItems,
  takeStatus,
} from './session.ts'

/**
 * Serves one session that a peer opened: answers each of its messages with one, until it is done.
 *
 * @throws SyncError, NetworkError
 * @see docs/spec/reconciliation.md, "Session"
 */
export async function respond(
  components: SyncComponents & {
    /** Whether control has been agreed on: until then this node takes no data either. */
    readonly isReady: () => boolean
  },
  channel: FrameChannel,
): Promise<void> {
  const { opening: theirs } = await expectMessage(channel, 'open')
  const { set } = theirs
  const refused = refusal(components, channel, theirs)
  if (refused !== undefined) {
    await send(channel, { type: 'open', opening: { ...EMPTY, set, refused } })
    return
  }
  if (set === 'control') await takeStatus(components, theirs, channel.peer)
  await components.sweeper.sweepTo(Math.min(theirs.asOf, components.hour()))
  // What the opening promises must be what later answers show, whatever is stored meanwhile.
  await using view = await components.store.viewOf(set)
  await send(channel, { type: 'open', opening: ownOpening(components, set, view.root) })
  if (isSameSummary(view.root, theirs)) await components.sameSets.note(channel.peer.node, set, view.root)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const message = await receive(channel)
    if (message === undefined || message.type === 'done') return
    await send(channel, await answer({ ...components, read: view.read }, set, message, channel))
  }
  throw new SyncError('SYNC_LIMIT', 'the session goes on for too long')
}

const EMPTY = { asOf: 0, count: 0, digest: new Uint8Array(32) }

/** Why there is no session: a set that the peer may not have, data before control, or clocks too far apart to compare what has expired. */
function refusal(
  { maySee, sweeper, hour, isReady }: Parameters<typeof respond>[0],
  { peer }: FrameChannel,
  opening: Opening,
): string | undefined {
  if (!maySee(peer.node, compartmentOfSet(opening.set))) return 'NOT_ENTITLED'
  if (!isReady() && opening.set !== 'control' && opening.set !== 'register') return 'CONTROL_FIRST'
  if (opening.asOf > Math.max(hour(), sweeper.asOf) + 1) return 'CLOCKS_DIFFER'
  return undefined
}

async function answer(
  components: SyncComponents & { readonly read: ReadNode },
  set: SyncSet,
  message: SyncMessage,
  channel: FrameChannel,
): Promise<SyncMessage> {
  const { store, crypto } = components
  // A revocation in the midst of a session ends what the peer may have.
  if (!components.maySee(channel.peer.node, compartmentOfSet(set)))
    throw new SyncError('SYNC_REFUSED', 'the peer may no longer have this set')
  switch (message.type) {
    case 'ask':
      return {
        type: 'nodes',
        nodes: nodesThatFit(await Promise.all(message.paths.map(async (path) => components.read(path)))),
      }
    case 'want': {
      const { items } = await collectItems(store, crypto, set, message.ids)
      return { type: 'items', items }
    }
    case 'items': {
      await takeItems(components, set, message.items, { kind: 'peer', peer: channel.peer })
      return { type: 'done' }
    }
    case 'log': {
      if (set !== 'control') throw new SyncError('SYNC_MALFORMED', 'the log belongs to the set control')
      const to = Math.min(store.logSize, message.from + MAX_LOG_HASHES)
      return { type: 'hashes', hashes: message.from < to ? await store.logHashes(message.from, to) : [] }
    }
    case 'headers': {
      const to = Math.min(message.to, message.from + MAX_SYNC_HEADERS - 1)
      const rows = await store.headersOfChain(toHex(message.chain), message.from, to)
      return {
        type: 'items',
        items: rows
          .slice(0, MAX_SYNC_HEADERS)
          .filter((row) => inCompartment(row.bytes, set))
          .map(({ bytes }) => ({ form: 'header', bytes })),
      }
    }
    default:
      throw new SyncError('SYNC_MALFORMED', `expected a question, got ${message.type}`)
  }
}

/** Headers of a chain for another audience stay with those who may have it. */
function inCompartment(header: Uint8Array, set: SyncSet): boolean {
  return parseHeader(header).claims.audience === compartmentOfSet(set)
}
