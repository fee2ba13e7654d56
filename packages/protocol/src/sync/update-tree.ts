import type { Hasher } from '../crypto/index.ts'
import { compareBytes, concatBytes } from '../encoding/index.ts'
import { countIds, ID_BYTES, idAt, type JoinedIds, MAX_NIBBLES } from './joined-ids.ts'
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
  // In the order of paths, and so of ids within an hour: what lies below a node is one run of it.
  const located = [
    ...change.removed.map((entry) => ({ path: entryPath(entry), id: entry.id, isAdded: false })),
    ...change.added.map((entry) => ({ path: entryPath(entry), id: entry.id, isAdded: true })),
  ].sort(byPlace)
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
    for (const [childPath, group] of runsBelow(path, changes)) {
      // What a node does not name is not there: no read shows more.
      if (!children.has(childPath) && !nodes.has(childPath)) before.set(childPath, undefined)
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
    nodes.set(path, { kind: 'inner', children: splitLeaf(path, ids) })
  }

  function splitLeaf(path: string, ids: JoinedIds): readonly Child[] {
    const children: Child[] = []
    for (let from = 0; from < ids.length;) {
      const label = nibbleAt(ids, from, path.length - HOUR_PATH)
      let to = from
      while (to < ids.length && nibbleAt(ids, to, path.length - HOUR_PATH) === label) to += ID_BYTES
      const own = ids.slice(from, to)
      const isLeaf = countIds(own) <= MAX_LEAF_IDS || path.length + 1 === HOUR_PATH + MAX_NIBBLES
      const child = isLeaf
        ? ({ kind: 'leaf', ids: own } as const)
        : ({ kind: 'inner', children: splitLeaf(path + label, own) } as const)
      nodes.set(path + label, child)
      children.push({ label, ...summarise(hasher, child) })
      from = to
    }
    return children
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

/** Runs of changes that lie below one child of a node, with its path. */
function* runsBelow(
  path: string,
  changes: readonly Located[],
): Iterable<readonly [childPath: string, run: readonly Located[]]> {
  for (let from = 0; from < changes.length;) {
    const childPath = stepDown(path, (changes[from] as Located).path)
    let to = from + 1
    while (to < changes.length && (changes[to] as Located).path.startsWith(childPath)) to += 1
    yield [childPath, from === 0 && to === changes.length ? changes : changes.slice(from, to)]
    from = to
  }
}

/** By path, then by id; what was there first stays first. */
function byPlace(a: Located, b: Located): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1
  return compareBytes(a.id, b.id)
}

/** A digit of the id that begins at a place. */
function nibbleAt(ids: JoinedIds, at: number, index: number): string {
  return (((ids[at + (index >> 1)] as number) >> (index % 2 === 0 ? 4 : 0)) & 15).toString(16)
}

const NO_IDS: JoinedIds = new Uint8Array(0)

/** What is held after changes, which ascend: where an id comes more than once, its last change counts. */
function merge(held: JoinedIds, changes: readonly Located[]): JoinedIds {
  const merged = new Uint8Array(held.length + changes.length * ID_BYTES)
  let length = 0
  const take = (id: Uint8Array): void => {
    merged.set(id, length)
    length += id.length
  }
  let at = 0
  for (const [i, { id, isAdded }] of changes.entries()) {
    const next = changes[i + 1]
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
