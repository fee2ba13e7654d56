import { createHash } from 'node:crypto'
import {
  type Entry,
  leavesBelow,
  type ReadNode,
  summarise,
  type Summary,
  type SyncSet,
  type TreeNode,
  updateTree,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import type { FrameChannel } from '../../packages/node/src/network/index.ts'
import type { Store } from '../../packages/node/src/store/index.ts'
import type { RespondComponents } from '../../packages/node/src/syncing/respond.ts'
import { initiate, type SessionOutcome } from '../../packages/node/src/syncing/initiate.ts'
import { respond } from '../../packages/node/src/syncing/respond.ts'
import type { WirePair } from './wire-pair.ts'
import { syncSide } from '../support/sync-side.ts'

/** Two sets of as many ids over thirty days, of which either side lacks some here and there. */
export interface ScatteredSets {
  readonly ids: readonly Uint8Array[]
  /** The sides of a session: no records lie behind their ids, and nothing is blamed on whoever does not give any. */
  readonly own: RespondComponents
  readonly theirs: RespondComponents
}

/** Hours over which the ids lie. */
const HOURS = 720
const FIRST_HOUR = 495_000
/** Entries that are added to a tree at a time. */
const GROUP = 50_000
const SET: SyncSet = 'green'

/** Makes two sets of `size` ids, `differing` of which are in one of them alone, one after the other. */
export async function scatteredSets(seed: string, size: number, differing: number): Promise<ScatteredSets> {
  const all = Array.from({ length: size + differing / 2 }, (_, i): Entry => ({
    hour: FIRST_HOUR + Math.floor((i * HOURS) / (size + differing / 2)),
    id: createHash('sha256').update(`${seed} ${i}`).digest(),
  }))
  const step = Math.floor(all.length / differing)
  const isIn = (side: number, i: number): boolean =>
    i % step !== 0 || i / step >= differing || (i / step) % 2 === side
  const [own, theirs] = await Promise.all(
    [0, 1].map(async (side) => sideOver(await treeOf(all.filter((_, i) => isIn(side, i))))),
  )
  return { ids: all.map(({ id }) => id), own, theirs } as ScatteredSets
}

/** Has one side lead a session with the other. */
export async function sessionOver(
  { near, far }: WirePair,
  { own, theirs }: ScatteredSets,
): Promise<SessionOutcome> {
  const leading = closing(near, initiate(own, near, SET))
  const [outcome] = await Promise.all([leading, respond(theirs, far)])
  return outcome
}

/** Ends a stream with the work that goes on at its end. */
export async function closing<T>(end: FrameChannel, work: Promise<T>): Promise<T> {
  await using _end = end
  return await work
}

interface MemoryTree {
  readonly root: Summary
  readonly read: ReadNode
}

async function treeOf(entries: readonly Entry[]): Promise<MemoryTree> {
  const nodes = new Map<string, TreeNode>()
  for (let at = 0; at < entries.length; at += GROUP) {
    const update = await updateTree(nativeCrypto, (path) => nodes.get(path), {
      added: entries.slice(at, at + GROUP),
      removed: [],
    })
    for (const [path, node] of update.nodes) if (node !== undefined) nodes.set(path, node)
  }
  return { root: summarise(nativeCrypto, nodes.get('')), read: (path) => nodes.get(path) }
}

/** A side whose store has a tree and no records. */
function sideOver({ root, read }: MemoryTree): RespondComponents {
  const store: Partial<Store> = {
    counts: { records: root.count, headers: 0, sequence: 0 },
    rootOf: () => root,
    viewOf: async () =>
      ({
        root,
        read,
        leaves: (path = '') => leavesBelow(read, path, { newestFirst: true }),
        async [Symbol.asyncDispose]() {},
      }) satisfies Awaited<ReturnType<Store['viewOf']>>,
    onChanged: () => () => undefined,
    records: async () => [],
    async *ledgerRows() {},
  }
  const components = {
    store: store as Store,
    trust: { closedHeads: () => [] } as never,
    admission: {} as never,
    sweeper: { asOf: FIRST_HOUR + HOURS, sweepTo: async () => undefined } as never,
    now: (FIRST_HOUR + HOURS) * 3_600_000,
  }
  return {
    ...syncSide(components),
    sameSets: { note: async () => undefined, sequenceOf: async () => undefined },
    onBreach: () => undefined,
  }
}
