import type { NodeStatus } from '@intelmesh/node'
import type { Cell, Column } from '../output/table.ts'
import type { DemoNode } from './demo-node.ts'
import type { Demo } from './step.ts'
import { STEP_MS, waitUntil } from './wait-until.ts'

/** How a node stood at one moment. */
export interface NodeView {
  readonly organisation: string
  readonly home: string
  readonly pid: number
  readonly peers: number
  readonly records: number
  /** Of every set, by its name: two nodes hold the same if and only if these are the same. */
  readonly roots: Readonly<Record<string, string>>
}

/** Nodes that are not up are left out. */
export async function viewNodes(nodes: readonly DemoNode[]): Promise<readonly NodeView[]> {
  return Promise.all(nodes.filter(({ isUp }) => isUp).map(viewNode))
}

/**
 * Watches until all nodes hold the same and `expected` records, and draws the table of nodes meanwhile.
 *
 * @param expected `undefined` while it is not known yet
 * @returns ms until each node had as many records, by organisation; `undefined` when they do not in time
 */
export async function awaitConvergence(
  { screen, signal }: Pick<Demo, 'screen' | 'signal'>,
  nodes: readonly DemoNode[],
  {
    expected,
    withinMs = STEP_MS,
  }: { readonly expected: () => number | undefined; readonly withinMs?: number },
): Promise<ReadonlyMap<string, number> | undefined> {
  const startedAt = performance.now()
  const arrivals = new Map<string, number>()
  return waitUntil(
    async () => {
      const views = await viewNodes(nodes)
      const ms = Math.round(performance.now() - startedAt)
      const total = expected()
      for (const { organisation, records } of views)
        if (records === total && !arrivals.has(organisation)) arrivals.set(organisation, ms)
      drawNodes(screen, views, ms)
      return arrivals.size === nodes.length && areEqual(views) ? arrivals : undefined
    },
    { everyMs: 200, signal, withinMs },
  )
}

/** The table of nodes, in place of the last one. In sync is who holds the same as the node that has most. */
export function drawNodes(screen: Demo['screen'], views: readonly NodeView[], ms?: number): void {
  const plain = views.map(({ organisation, records }) => `${organisation} ${records}`).join('  ')
  const fullest = views.toSorted((a, b) => b.records - a.records)[0]
  const rows = views.map((view): Cell[] => [
    view.organisation,
    String(view.pid),
    String(view.peers),
    String(view.records),
    fullest !== undefined && areEqual([view, fullest])
      ? { text: 'yes', colour: 'green' }
      : { text: 'not yet', colour: 'yellow' },
    ...SHOWN_SETS.map((set) => (view.roots[set] ?? '').slice(0, 12)),
  ])
  const time = ms === undefined ? '' : `${(ms / 1000).toFixed(1).padStart(5)} s  `
  screen.live(COLUMNS, rows, `${time}${plain}`)
}

const SHOWN_SETS: readonly string[] = ['clear', 'green', 'control']
const COLUMNS: readonly Column[] = [
  { title: 'organisation', least: 8 },
  { title: 'pid' },
  { title: 'peers' },
  { title: 'records' },
  { title: 'in sync' },
  ...SHOWN_SETS.map((set) => ({ title: `root ${set}`, least: 8 })),
]

async function viewNode(node: DemoNode): Promise<NodeView> {
  const { peers, records, sets }: NodeStatus = await node.status()
  const roots = Object.fromEntries(Object.entries(sets).map(([name, { root }]) => [name, root]))
  return { organisation: node.organisation, home: node.home, pid: node.pid, peers, records, roots }
}

/** Whether all of them hold the same, set by set. */
function areEqual(views: readonly NodeView[]): boolean {
  return new Set(views.map(({ roots }) => JSON.stringify(roots))).size <= 1
}
