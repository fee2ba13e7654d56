import {
  codeOf,
  type Compartment,
  type ControlObject,
  type Crypto,
  decodeControl,
  decodeSyncMessage,
  encodeSyncMessage,
  type IdSource,
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
import type { CellKeeper } from './cell-keeper.ts'
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
  /** The first hour above local retention; 0 without. */
  readonly floorOf: (set: SyncSet) => number
  readonly sameSets: SameSets
  readonly cells: CellKeeper
  /** 16 bytes that nobody can know. */
  readonly newKey: () => Uint8Array
  /** Resolves once whatever else waits in this process had its turn. */
  readonly breathe: () => Promise<void>
  /** A peer sent something provably bad, which is written down already. */
  readonly penalise: (node: string, code: string) => void
  /** A peer broke the protocol of a session. */
  readonly onBreach: (node: string, code: string) => void
}

/** Messages in one session: what is left is found by the next. */
export const MAX_ROUNDS = 4096

export type ControlSet = 'control' | 'register'
export type DataSet = Exclude<SyncSet, ControlSet>

/** The compartment whose members may have a set. */
export function compartmentOfSet(set: SyncSet): Compartment {
  if (isControlSet(set)) return 'control'
  return set.split('/')[0] as Compartment
}

export function isControlSet(set: SyncSet): set is ControlSet {
  return set === 'control' || set === 'register'
}

/** What a session compares: a set as it was at one moment, from an hour on. */
export interface ComparedView extends AsyncDisposable, Omit<IdSource, 'breathe'> {
  readonly root: Summary
  /** Whether that is all of the set. */
  readonly isWhole: boolean
}

/** What admission made of items. */
export interface Taken {
  /** Records or control objects that are new. */
  readonly received: number
  /** Items, or leaves of batches, that were not taken, by the code of the verdict; those that were held are left out. */
  readonly skipped: Readonly<Record<string, number>>
}

/**
 * Hands what came to the one door, and waits until it is stored. What is provably bad is held against the peer at once, however the session ends.
 * `asked` says that this node asked for them.
 */
export async function takeItems(
  components: SyncComponents,
  set: SyncSet,
  items: readonly SyncItem[],
  { kind, peer }: { readonly kind: 'peer' | 'asked'; readonly peer: PeerIdentity },
): Promise<Taken> {
  if (isControlSet(set)) return takeControl(components, readControl(components, items, peer), { kind, peer })
  const outcomes = await Promise.all(
    items.map((item) => components.admission.admitItem(item, { kind, node: peer.node })),
  )
  penaliseFor(components, outcomes, peer)
  const stored = await Promise.all(outcomes.map((outcome) => outcome.stored))
  const refusals = outcomes.flatMap(({ action, code, refused }) =>
    refused.length > 0 ? refused.map((leaf) => leaf.code) : action === 'accept' ? [] : [code],
  )
  return { received: stored.reduce((sum, ids) => sum + ids.length, 0), skipped: countCodes(refusals) }
}

/** As {@link takeItems}, for control objects. */
export async function takeControl(
  components: SyncComponents,
  objects: readonly ControlObject[],
  { kind, peer }: { readonly kind: 'peer' | 'asked'; readonly peer: PeerIdentity },
): Promise<Taken> {
  const verdicts = await components.admission.admitControl(objects, { kind, node: peer.node })
  penaliseFor(components, verdicts, peer)
  const refusals = verdicts.filter(({ action }) => action !== 'accept').map(({ code }) => code)
  return { received: verdicts.length - refusals.length, skipped: countCodes(refusals) }
}

/** Sums of what was not taken. */
export function addCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum = { ...a }
  for (const [code, count] of Object.entries(b)) sum[code] = (sum[code] ?? 0) + count
  return sum
}

function countCodes(codes: readonly string[]): Readonly<Record<string, number>> {
  return codes
    .filter((code) => code !== 'DUPLICATE')
    .reduce<Readonly<Record<string, number>>>((counts, code) => addCounts(counts, { [code]: 1 }), {})
}

function penaliseFor(
  { penalise }: SyncComponents,
  verdicts: readonly Verdict[],
  { node }: PeerIdentity,
): void {
  for (const { action, code } of verdicts) if (action === 'reject') penalise(node, code)
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
 * The next message, which has to be of one of some types. A stream that ends before it is no breach: a peer that dies leaves one behind.
 *
 * @throws SyncError SYNC_MALFORMED; NetworkError STREAM_CLOSED
 */
export async function expectMessage<T extends SyncMessage['type']>(
  channel: FrameChannel,
  ...types: readonly T[]
): Promise<Extract<SyncMessage, { type: T }>> {
  const message = await receive(channel)
  const expected = types.join(' or ')
  if (message === undefined)
    throw new NetworkError('STREAM_CLOSED', `expected ${expected}, and the stream ended`)
  if (!types.includes(message.type as T))
    throw new SyncError('SYNC_MALFORMED', `expected ${expected}, got ${message.type}`)
  return message as Extract<SyncMessage, { type: T }>
}
