import type { Hasher } from '../crypto/index.ts'
import { compareBytes, concatBytes } from '../encoding/index.ts'
import { countIds, ID_BYTES, idAt, type JoinedIds, MAX_NIBBLES, nibblesOf, splitIds } from './joined-ids.ts'
import {
  type Child,
  type Entry,
  entryPath,
  HOUR_PATH,
  idsBelow,
  isSameSummary,
  isWithinHour,
  MAX_LEAF_IDS,
  type ReadNode,
  stepDown,
  summarise,
  type Summary,
  type TreeNode,
} from './tree.ts'

/** Entries that come and go in one step. An entry added twice, or removed without being there, changes nothing. */
export interface TreeChange {
  readonly added: readonly Entry[]
  readonly removed: readonly Entry[]
}

/** The nodes that differ from before, `undefined` for those to delete, and the root that results. */
export interface TreeUpdate {
  readonly nodes: ReadonlyMap<string, TreeNode | undefined>
  readonly root: Summary
}

interface Located {
  readonly path: string
  readonly id: Uint8Array
  readonly isAdded: boolean
}

/** Computes the nodes that a change touches. Reads only those; the caller writes them with the records they stand for. */
export async function updateTree(hasher: Hasher, read: ReadNode, change: TreeChange): Promise<TreeUpdate> {
  const nodes = new Map<string, TreeNode | undefined>()
  const before = new Map<string, TreeNode | undefined>()
  const current = async (path: string): Promise<TreeNode | undefined> => {
    if (nodes.has(path)) return nodes.get(path)
    if (!before.has(path)) before.set(path, await read(path))
    return before.get(path)
  }
  const located = [
    ...change.removed.map((entry) => ({ path: entryPath(entry), id: entry.id, isAdded: false })),
    ...change.added.map((entry) => ({ path: entryPath(entry), id: entry.id, isAdded: true })),
  ]
  await apply('', located)
  for (const [path, node] of nodes) if (isSameNode(before.get(path), node)) nodes.delete(path)
  return { nodes, root: summarise(hasher, await current('')) }

  async function apply(path: string, changes: readonly Located[]): Promise<void> {
    const node = await current(path)
    if (isWithinHour(path) && node?.kind !== 'inner') applyToLeaf(path, node?.ids ?? NO_IDS, changes)
    else await applyToInner(path, node?.kind === 'inner' ? node.children : [], changes)
  }

  async function applyToInner(
    path: string,
    held: readonly Child[],
    changes: readonly Located[],
  ): Promise<void> {
    const children = new Map(held.map((child) => [path + child.label, child]))
    for (const [childPath, group] of groupByStep(path, changes)) {
      await apply(childPath, group)
      const child = await current(childPath)
      if (child === undefined) children.delete(childPath)
      else children.set(childPath, { label: childPath.slice(path.length), ...summarise(hasher, child) })
    }
    const count = [...children.values()].reduce((sum, child) => sum + child.count, 0)
    if (isWithinHour(path) && count <= MAX_LEAF_IDS) return collapse(path, [...children.keys()])
    const sorted = [...children.values()].sort((a, b) => (a.label < b.label ? -1 : 1))
    nodes.set(path, sorted.length === 0 ? undefined : { kind: 'inner', children: sorted })
  }

  function applyToLeaf(path: string, held: JoinedIds, changes: readonly Located[]): void {
    const ids = merge(held, changes)
    const isDeepest = path.length === HOUR_PATH + MAX_NIBBLES
    if (countIds(ids) <= MAX_LEAF_IDS || isDeepest) {
      nodes.set(path, ids.length === 0 ? undefined : { kind: 'leaf', ids })
      return
    }
    const children: Child[] = []
    for (const [childPath, group] of groupByStep(
      path,
      splitIds(ids).map((id) => locate(path, id)),
    )) {
      applyToLeaf(childPath, NO_IDS, group)
      children.push({ label: childPath.slice(path.length), ...summarise(hasher, nodes.get(childPath)) })
    }
    nodes.set(path, { kind: 'inner', children: children.sort((a, b) => (a.label < b.label ? -1 : 1)) })
  }

  /** Puts the ids of a node that became small enough back into one leaf, and deletes what was below it. */
  async function collapse(path: string, childPaths: readonly string[]): Promise<void> {
    const parts: JoinedIds[] = []
    for (const childPath of childPaths.toSorted()) {
      parts.push(await idsBelow(current, childPath))
      await removeBelow(childPath)
    }
    const ids = concatBytes(...parts)
    nodes.set(path, ids.length === 0 ? undefined : { kind: 'leaf', ids })
  }

  async function removeBelow(path: string): Promise<void> {
    const node = await current(path)
    if (node?.kind === 'inner') for (const child of node.children) await removeBelow(path + child.label)
    nodes.set(path, undefined)
  }
}

function isSameNode(a: TreeNode | undefined, b: TreeNode | undefined): boolean {
  if (a?.kind === 'leaf' && b?.kind === 'leaf') {
    return compareBytes(a.ids, b.ids) === 0
  }
  if (a?.kind !== 'inner' || b?.kind !== 'inner') return a === b
  return (
    a.children.length === b.children.length &&
    a.children.every(
      (child, i) => child.label === b.children[i]?.label && isSameSummary(child, b.children[i]),
    )
  )
}

function locate(path: string, id: Uint8Array): Located {
  return { path: path.slice(0, HOUR_PATH) + nibblesOf(id), id, isAdded: true }
}

function groupByStep(path: string, changes: readonly Located[]): Map<string, Located[]> {
  const groups = new Map<string, Located[]>()
  for (const change of changes) {
    const step = stepDown(path, change.path)
    const group = groups.get(step)
    if (group === undefined) groups.set(step, [change])
    else group.push(change)
  }
  return groups
}

const NO_IDS: JoinedIds = new Uint8Array(0)

/** What is held after a change: where an id comes more than once, its last change counts. */
function merge(held: JoinedIds, changes: readonly Located[]): JoinedIds {
  const sorted = changes.toSorted((a, b) => compareBytes(a.id, b.id))
  const merged = new Uint8Array(held.length + sorted.length * ID_BYTES)
  let length = 0
  const take = (id: Uint8Array): void => {
    merged.set(id, length)
    length += id.length
  }
  let at = 0
  for (const [i, { id, isAdded }] of sorted.entries()) {
    const next = sorted[i + 1]
    if (next !== undefined && compareBytes(next.id, id) === 0) continue
    const until = lowerBound(held, id, at)
    take(held.subarray(at * ID_BYTES, until * ID_BYTES))
    const isHeld = until < countIds(held) && compareBytes(idAt(held, until), id) === 0
    if (isAdded) take(id)
    at = until + (isHeld ? 1 : 0)
  }
  take(held.subarray(at * ID_BYTES))
  return merged.slice(0, length)
}

function lowerBound(ids: JoinedIds, id: Uint8Array, from: number): number {
  let low = from
  let high = countIds(ids)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes(idAt(ids, middle), id) < 0) low = middle + 1
    else high = middle
  }
  return low
}
