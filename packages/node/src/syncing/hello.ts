import {
  aboveFloor,
  compareBytes,
  concatBytes,
  encodeControl,
  isSameSummary,
  summarise,
  type Summary,
  type SyncHello,
  type SyncItem,
  type SyncMore,
  type SyncSet,
} from '@intelmesh/protocol'
import type { PeerIdentity } from '../network/index.ts'
import { type ComparedView, type SyncComponents, takeControl } from './session.ts'

/** A view of what a set has from an hour on. What fails leaves none open: a view holds up erasing. */
export async function viewAbove(
  { store, crypto }: SyncComponents,
  set: SyncSet,
  floor: number,
): Promise<ComparedView> {
  await using stack = new AsyncDisposableStack()
  const view = stack.use(await store.viewOf(set))
  const read = aboveFloor(crypto, view.read, floor)
  const root = floor === 0 ? view.root : summarise(crypto, await read(''))
  const isWhole = isSameSummary(root, view.root)
  const kept = stack.move()
  return {
    root,
    read,
    isWhole,
    ...(isWhole && { leaves: (path) => view.leaves(path) }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** How this node's own set stands. */
export function helloOf(
  { sweeper, floorOf }: SyncComponents,
  set: SyncSet,
  { count, digest }: Summary,
  more: SyncMore = {},
): SyncHello {
  return { set, asOf: sweeper.asOf, floor: floorOf(set), count, digest, more }
}

/** What an initiator says of its own status, in short. */
export function statusMark({ trust, crypto, store }: SyncComponents): SyncMore {
  const marks = [trust.beacon?.bytes, trust.statusList].map((bytes) =>
    crypto.sha256(bytes ?? NO_BYTES).subarray(0, MARK_BYTES),
  )
  return { status: concatBytes(...marks), logSize: store.logSize }
}

/** What a responder adds for an initiator of that status: whatever of its own differs. Nothing where they hold the same. */
export function statusFor(components: SyncComponents, theirs: SyncMore): SyncMore {
  const { trust, store } = components
  const own = statusMark(components).status as Uint8Array
  const isSame = (from: number): boolean =>
    theirs.status !== undefined &&
    compareBytes(own.subarray(from, from + MARK_BYTES), theirs.status.subarray(from, from + MARK_BYTES)) === 0
  return {
    ...(trust.beacon && !isSame(0) && { beacon: trust.beacon.bytes }),
    ...(trust.statusList && !isSame(MARK_BYTES) && { statusList: trust.statusList }),
    ...(store.logSize !== theirs.logSize && { logSize: store.logSize }),
  }
}

/** Takes the newer beacon and list out of a peer's hello, so that both sides judge by the same word of the ACO; gives what the peer lacks of it. */
export async function takeStatus(
  components: SyncComponents,
  { beacon, statusList }: SyncMore,
  peer: PeerIdentity,
): Promise<readonly SyncItem[]> {
  const { trust } = components
  const source = { kind: 'asked', peer } as const
  if (beacon !== undefined) await takeControl(components, [{ kind: 'beacon', bytes: beacon }], source)
  if (statusList !== undefined)
    await takeControl(components, [{ kind: 'status-list', bytes: statusList }], source)
  const items: SyncItem[] = []
  const own = [
    [beacon, trust.beacon?.bytes, 'beacon'],
    [statusList, trust.statusList, 'status-list'],
  ] as const
  for (const [theirs, bytes, kind] of own)
    if (theirs !== undefined && bytes !== undefined && compareBytes(theirs, bytes) !== 0)
      items.push({ form: 'control', bytes: encodeControl({ kind, bytes }) })
  return items
}

const MARK_BYTES = 8
const NO_BYTES = new Uint8Array(0)
