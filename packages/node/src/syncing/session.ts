import {
  codeOf,
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
  toHex,
} from '@intelmesh/protocol'
import type { Admission, Sweeper } from '../admission/index.ts'
import { type FrameChannel, NetworkError, type PeerIdentity } from '../network/index.ts'
import type { Store } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'

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
export async function takeStatus(trust: Trust, opening: Opening, peer: PeerIdentity): Promise<void> {
  if (
    opening.beacon !== undefined &&
    toHex(opening.beacon) !== toHex(trust.beacon?.bytes ?? new Uint8Array(0))
  ) {
    await trust.admit([{ kind: 'beacon', bytes: opening.beacon }], peer.node)
  }
  if (
    opening.statusList !== undefined &&
    toHex(opening.statusList) !== toHex(trust.statusList ?? new Uint8Array(0))
  ) {
    await trust.admit([{ kind: 'status-list', bytes: opening.statusList }], peer.node)
  }
}

/** Hands what came to the one door, and waits until it is stored. Returns how many items were accepted. */
export async function takeItems(
  { admission, trust }: SyncComponents,
  set: SyncSet,
  items: readonly SyncItem[],
  peer: PeerIdentity,
): Promise<{ accepted: number; faults: readonly string[] }> {
  const faults: string[] = []
  if (set === 'control' || set === 'register') {
    const objects: ControlObject[] = []
    for (const { form, bytes } of items) {
      if (form !== 'control') continue
      try {
        objects.push(decodeControl(bytes))
      } catch (error) {
        // What a later version defines keeps nothing of this version from coming.
        if (codeOf(error) === 'NEWER_THAN_ME') trust.upgradeNeeded = true
        else faults.push(codeOf(error) ?? 'CONTROL_MALFORMED')
      }
    }
    const verdicts = await trust.admit(objects, peer.node)
    for (const { action, code } of verdicts) if (action === 'reject') faults.push(code)
    return { accepted: verdicts.filter(({ action }) => action === 'accept').length, faults }
  }
  const outcomes = await Promise.all(
    items.map((item) => admission.admitItem(item, { kind: 'peer', node: peer.node })),
  )
  await Promise.all(outcomes.map(({ stored }) => stored))
  for (const { action, code } of outcomes) if (action === 'reject') faults.push(code)
  return { accepted: outcomes.filter(({ action }) => action === 'accept').length, faults }
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
