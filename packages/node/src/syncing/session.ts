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
  toHex,
} from '@intelmesh/protocol'
import type { Admission, Admitted, Sweeper, Verdict } from '../admission/index.ts'
import { type FrameChannel, NetworkError, type PeerIdentity } from '../network/index.ts'
import type { Hex, Store } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import type { CellKeeper } from './cell-keeper.ts'
import type { SameSets } from './same-sets.ts'
import { countSkipped, type SkippedItem, skippedIn } from './skipped.ts'

/** What a reconciliation session works on. */
export interface SyncComponents {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Pick<Admission, 'admitItem' | 'admitControl'>
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
  /** Told what became of the items that a session brings, whoever leads it, as soon as they are judged. @default nobody is */
  readonly onTaken?: (set: SyncSet, taken: Taken) => void
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
  /** Records, or control objects, that were not taken, by the code of the verdict; those that were held are left out. */
  readonly skipped: Readonly<Record<string, number>>
  /** The same one by one. */
  readonly skips: readonly SkippedItem[]
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
  if (isControlSet(set)) {
    const taken = await takeControl(components, readControl(components, items, peer), { kind, peer })
    components.onTaken?.(set, taken)
    return taken
  }
  const outcomes = await Promise.all(
    items.map((item) =>
      components.admission.admitItem(item, { kind, node: peer.node }, compartmentOfSet(set)),
    ),
  )
  penaliseFor(components, outcomes, peer)
  const writings = await Promise.allSettled(outcomes.map(({ stored }) => stored))
  const compartment = compartmentOfSet(set)
  const skips = items.flatMap((item, i) => {
    const writing = writings[i] as PromiseSettledResult<readonly Hex[]>
    const outcome = writing.status === 'fulfilled' ? (outcomes[i] as Admitted) : unstored(writing.reason)
    return skippedIn(components.crypto, compartment, item, outcome)
  })
  const received = writings.reduce(
    (sum, writing) => sum + (writing.status === 'fulfilled' ? writing.value.length : 0),
    0,
  )
  const taken = { received, skipped: countSkipped(skips), skips }
  components.onTaken?.(set, taken)
  const failed = writings.find((writing) => writing.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return taken
}

/** What holds and could not be written is left out like what is refused. */
function unstored(reason: unknown): Pick<Admitted, 'action' | 'code' | 'refused'> {
  return { action: 'ignore', code: codeOf(reason) ?? 'INTERNAL', refused: [] }
}

/** As {@link takeItems}, for control objects. */
export async function takeControl(
  components: SyncComponents,
  objects: readonly ControlObject[],
  { kind, peer }: { readonly kind: 'peer' | 'asked'; readonly peer: PeerIdentity },
): Promise<Taken> {
  const verdicts = await components.admission.admitControl(objects, { kind, node: peer.node })
  penaliseFor(components, verdicts, peer)
  const skips = objects.flatMap(({ bytes }, i): readonly SkippedItem[] => {
    const { action, code } = verdicts[i] as Verdict
    return action === 'accept' || code === 'DUPLICATE'
      ? []
      : [{ code, id: toHex(components.crypto.sha256(bytes)) }]
  })
  const received = verdicts.filter(({ action }) => action === 'accept').length
  return { received, skipped: countSkipped(skips), skips }
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
