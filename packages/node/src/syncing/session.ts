import {
  codeOf,
  compareBytes,
  type Compartment,
  type ControlObject,
  type Crypto,
  decodeControl,
  decodeSyncMessage,
  encodeSyncMessage,
  type Opening,
  type Summary,
  SyncError,
  type SyncItem,
  type SyncMessage,
  type SyncSet,
} from '@intelmesh/protocol'
import type { Admission, Sweeper, Verdict } from '../admission/index.ts'
import { type FrameChannel, NetworkError, type PeerIdentity } from '../network/index.ts'
import type { Store } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import type { SameSets } from './same-sets.ts'

/** What a reconciliation session works on. */
export interface SyncComponents {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  readonly crypto: Crypto
  readonly sweeper: Sweeper
  /** The whole hour since the Unix epoch that it is now. */
  readonly hour: () => number
  readonly maySee: (node: string, compartment: Compartment) => boolean
  readonly sameSets: SameSets
  /** A peer sent something provably bad, which is written down already. */
  readonly penalise: (node: string, code: string) => void
  /** A peer broke the protocol of a session. */
  readonly onBreach: (node: string, code: string) => void
}

/** Messages in one session: what is left is found by the next. */
export const MAX_ROUNDS = 4096

/** The compartment whose members may have a set. */
export function compartmentOfSet(set: SyncSet): Compartment {
  if (set === 'control' || set === 'register') return 'control'
  return set.split('/')[0] as Compartment
}

/** How this node's own set stands, by the view on which the session works. */
export function ownOpening({ store, trust, sweeper }: SyncComponents, set: SyncSet, root: Summary): Opening {
  const opening: Opening = { set, asOf: sweeper.asOf, count: root.count, digest: root.digest }
  if (set !== 'control') return opening
  return {
    ...opening,
    logSize: store.logSize,
    ...(trust.beacon && { beacon: trust.beacon.bytes }),
    ...(trust.statusList && { statusList: trust.statusList }),
  }
}

/** Takes the newer beacon and list out of a peer's opening, so that both sides judge by the same word of the ACO. */
export async function takeStatus(
  components: SyncComponents,
  { beacon, statusList }: Opening,
  peer: PeerIdentity,
): Promise<void> {
  const { trust } = components
  if (beacon !== undefined && !isSame(beacon, trust.beacon?.bytes))
    await takeControl(components, [{ kind: 'beacon', bytes: beacon }], peer)
  if (statusList !== undefined && !isSame(statusList, trust.statusList))
    await takeControl(components, [{ kind: 'status-list', bytes: statusList }], peer)
}

function isSame(bytes: Uint8Array, held: Uint8Array | undefined): boolean {
  return held !== undefined && compareBytes(bytes, held) === 0
}

/**
 * Hands what came to the one door, and waits until it is stored. Returns how many items were accepted. What is provably bad is held
 * against the peer at once, however the session ends. `asked` says that this node asked for them.
 */
export async function takeItems(
  components: SyncComponents,
  set: SyncSet,
  items: readonly SyncItem[],
  { kind, peer }: { readonly kind: 'peer' | 'asked'; readonly peer: PeerIdentity },
): Promise<number> {
  if (set === 'control' || set === 'register')
    return takeControl(components, readControl(components, items, peer), peer)
  const outcomes = await Promise.all(
    items.map((item) => components.admission.admitItem(item, { kind, node: peer.node })),
  )
  const accepted = countAccepted(components, outcomes, peer)
  await Promise.all(outcomes.map(({ stored }) => stored))
  return accepted
}

async function takeControl(
  components: SyncComponents,
  objects: readonly ControlObject[],
  peer: PeerIdentity,
): Promise<number> {
  return countAccepted(components, await components.trust.admit(objects, peer.node), peer)
}

function countAccepted(
  { penalise }: SyncComponents,
  verdicts: readonly Verdict[],
  { node }: PeerIdentity,
): number {
  for (const { action, code } of verdicts) if (action === 'reject') penalise(node, code)
  return verdicts.filter(({ action }) => action === 'accept').length
}

/** What a later version defines keeps nothing of this version from coming. */
function readControl(
  { trust, onBreach }: SyncComponents,
  items: readonly SyncItem[],
  { node }: PeerIdentity,
): readonly ControlObject[] {
  return items.flatMap(({ form, bytes }) => {
    if (form !== 'control') return []
    try {
      return decodeControl(bytes)
    } catch (error) {
      const code = codeOf(error) ?? 'CONTROL_MALFORMED'
      if (code === 'NEWER_THAN_ME') trust.upgradeNeeded = true
      else onBreach(node, code)
      return []
    }
  })
}

export function send(channel: FrameChannel, message: SyncMessage): Promise<void> {
  return channel.send(encodeSyncMessage(message))
}

/** The next message, or `undefined` at the end of the stream. @throws SyncError SYNC_MALFORMED; NetworkError */
export async function receive(channel: FrameChannel): Promise<SyncMessage | undefined> {
  const frame = await channel.receive()
  return frame === undefined ? undefined : decodeSyncMessage(frame)
}

/**
 * The next message, which has to be of one type. A stream that ends before it is no breach: a peer that dies leaves one behind.
 *
 * @throws SyncError SYNC_MALFORMED; NetworkError STREAM_CLOSED
 */
export async function expectMessage<T extends SyncMessage['type']>(
  channel: FrameChannel,
  type: T,
): Promise<Extract<SyncMessage, { type: T }>> {
  const message = await receive(channel)
  if (message === undefined) throw new NetworkError('STREAM_CLOSED', `expected ${type}, and the stream ended`)
  if (message.type !== type) throw new SyncError('SYNC_MALFORMED', `expected ${type}, got ${message.type}`)
  return message as Extract<SyncMessage, { type: T }>
}
