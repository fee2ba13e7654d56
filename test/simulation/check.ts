import { SYNC_SETS, type SyncSet, toHex } from '@intelmesh/protocol'
import { hash } from 'node:crypto'
import { TABLES } from '../../packages/node/src/store/tables.ts'
import { hourOf } from '../../packages/node/src/admission/index.ts'
import type { Hex } from '../../packages/node/src/store/index.ts'
import type { Chronicle, View } from './chronicle.ts'
import type { Node, Running } from './node.ts'
import type { Promises } from './promises.ts'
import type { Violation, ViolationCode } from './violation.ts'
import { runningOf, type World } from './world.ts'

/** Looks at nodes after each step, and knows what it saw before. */
export interface Inspector {
  /** A node that did nothing since the last time is not looked at again. */
  inspect(node: Node): Promise<readonly Violation[]>
}

const REASON_CODES = {
  expired: 'EXPIRED_HELD',
  closed: 'BEYOND_HEAD',
  'taken back': 'TAKEN_BACK_HELD',
} as const

export function createInspector(chronicle: Chronicle, promises: Promises): Inspector {
  const seen = new WeakMap<Running, string>()
  /** By set: the root of a content, and the content of a root. */
  const rootOf = new Map<string, string>()
  const contentOf = new Map<string, string>()
  const began = new WeakMap<Running, number>()

  function compareRoots(set: SyncSet, ids: readonly Hex[], { store }: Running): string | undefined {
    const { count, digest } = store.rootOf(set)
    const root = `${set} ${count} ${toHex(digest)}`
    const content = `${set} ${hash('sha256', ids.join())}`
    const agrees =
      count === ids.length &&
      (rootOf.get(content) ?? root) === root &&
      (contentOf.get(root) ?? content) === content
    rootOf.set(content, root)
    contentOf.set(root, content)
    return agrees ? undefined : `${set}: ${ids.length} ids under ${count} ${toHex(digest).slice(0, 8)}`
  }

  return {
    async inspect(node) {
      const { running, disk } = node
      // After a write that failed a store goes by what is on the disk from its next commit on.
      if (running === undefined || disk.pending > 0 || disk.isAhead) return []
      const { store, sweeper, trust, judging } = running
      // What a failing disk kept it from laying aside, it lays aside when the disk does its work again.
      if (judging.waiting > 0) return []
      const state = `${disk.version} ${sweeper.asOf} ${trust.nextChange()}`
      if (seen.get(running) === state) return []
      seen.set(running, state)
      const violations: Violation[] = []
      const blame = (code: ViolationCode, detail: string): void =>
        void violations.push({ code, detail: `${node.name}: ${detail}` })

      const ids = await store.idsWithPrefix('', 1_000_000)
      const held = new Set(ids)
      const view: View = {
        asOf: sweeper.asOf,
        headsOf: (author) => trust.keyStatus(author).heads,
        holds: (id) => held.has(id),
      }
      const bySet = new Map<SyncSet, Hex[]>(SYNC_SETS.map((set) => [set, []]))
      for (const id of ids) {
        const said = chronicle.of(id)
        if (said === undefined) {
          blame('UNSAID', id)
          continue
        }
        bySet.get(said.set)?.push(id)
        const reason = chronicle.reasonAgainst(said, view)
        if (reason !== undefined) blame(REASON_CODES[reason], id)
      }
      for await (const { set } of store.controlRows())
        if (set !== undefined) bySet.get(set.name)?.push(set.id)
      for (const [set, content] of bySet) {
        const mismatch = compareRoots(set, content.toSorted(), running)
        if (mismatch !== undefined) blame('ROOT_MISMATCH', mismatch)
      }
      for (const id of promises.acknowledged.get(node.name) ?? []) {
        const said = chronicle.of(id)
        // A sweep that broke off has removed some of what it was to remove, and says so only at its end.
        const isEnding = said !== undefined && said.expires <= promises.latestHour
        if (said === undefined || held.has(id) || isEnding || chronicle.isLeaked(id)) continue
        if (chronicle.reasonAgainst(said, view) === undefined) blame('LOST', id)
      }
      for (const [key, act] of node.name === 'aco' ? promises.acts : [])
        if (act === 'revoke' && !trust.keyStatus(key).isRevoked) blame('LOST', `the revocation of ${key}`)
      const control = [...bySet].reduce(
        (sum, [set, { length }]) => (set === 'control' || set === 'register' ? sum + length : sum),
        0,
      )
      const kept = rowsKept(node)
      const most = ROWS_EACH * (chronicle.size + control) + ROWS_BESIDES
      if (kept > most) blame('OVERGROWN', `${kept} rows, where ${most} may be`)
      if (disk.snapshots > MAX_SNAPSHOTS) blame('OVERGROWN', `${disk.snapshots} snapshots`)
      const { records, sequence } = store.counts
      if (records !== ids.length) blame('DOUBLED', `${records} records are counted, ${ids.length} are held`)
      const since = began.get(running) ?? sequence - (promises.told.get(running) ?? 0)
      began.set(running, since)
      const told = promises.told.get(running) ?? 0
      // What a failed write turns out to have left is told to nobody.
      if (sequence - since < told) blame('DOUBLED', `${told} records were told of, ${sequence - since} came`)
      return violations
    },
  }
}

/** Rows of a node's disk but those of the journal, of which there is one for each commit. */
function rowsKept({ disk: { rows } }: Node): number {
  const journal = { gte: String.fromCharCode(TABLES.journal), lt: String.fromCharCode(TABLES.journal + 1) }
  return rows.size - rows.names(journal).length
}

/** Looks at every node as it stands, and writes down what of it others compare. */
export async function inspectAll(world: World, inspector: Inspector): Promise<void> {
  const hours = world.nodes.map((node) => hourOf(node.now()))
  world.promises.latestHour = Math.max(world.promises.latestHour, ...hours)
  for (const node of runningOf(world))
    world.violations.push(...(await undisturbed(node, () => world.timeline.until(inspector.inspect(node)))))
  const states = runningOf(world).map(({ name, running: { store, sweeper } }) => {
    const roots = (['green', 'clear', 'control'] as const).map((set) =>
      toHex(store.rootOf(set).digest).slice(0, 8),
    )
    return `${name} ${sweeper.asOf - hourOf(0)} ${store.counts.sequence} ${roots.join(' ')}`
  })
  world.log(states.join(', '))
}

/** Reads what stands on a disk, whatever is wrong with it. */
async function undisturbed<T>({ disk: { faults } }: Node, look: () => Promise<T>): Promise<T> {
  const held = { ...faults }
  Object.assign(faults, { failingReads: 0, slowReads: 0 })
  try {
    return await look()
  } finally {
    Object.assign(faults, held)
  }
}

/** Twice what a record, with its headers, lines of closed chains, shelf and indexes, or a control object has been seen to take. */
const ROWS_EACH = 20
/** What a node keeps whatever was said: counts, masks, trees of nothing, what it refused. */
const ROWS_BESIDES = 300
/** Of sessions, sweeps and reads under way. */
const MAX_SNAPSHOTS = 16
