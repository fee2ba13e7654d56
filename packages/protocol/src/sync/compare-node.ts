import type { Hasher } from '../crypto/index.ts'
import { areAscending, countIds, idsUnder, type JoinedIds, MAX_NIBBLES, withoutIds } from './joined-ids.ts'
import { SyncError } from './sync-error.ts'
import {
  type Child,
  HOUR_PATH,
  idsBelow,
  isLabel,
  isSameSummary,
  isWithinHour,
  MAX_LEAF_IDS,
  type ReadNode,
  summarise,
  type Summary,
  type TreeNode,
} from './tree.ts'

/** A path to ask about, and what the peer has said of it: its answer must fit. */
export interface Question {
  readonly path: string
  readonly expected: Summary
}

/** A path below which both sides have something else, and what each has there. */
export interface Mismatch extends Question {
  readonly own: Summary
}

/** Everything at and below a path. */
export interface Bucket extends Summary {
  readonly path: string
}

/** What one node of the peer shows of the difference. */
export interface NodeDifference {
  readonly mismatches: readonly Mismatch[]
  /** Paths at which only the peer, or only this side, has anything. */
  readonly onlyTheirs: readonly Bucket[]
  readonly onlyOwn: readonly Bucket[]
  /** Of a leaf: ids that only the peer has, and that only this side has. */
  readonly need: JoinedIds
  readonly have: JoinedIds
}

/**
 * Compares the peer's node at a path with the own tree.
 *
 * @throws SyncError SYNC_TREE_MISMATCH when the node is not the one that its parent, or the peer's hello, promised, or could not stand
 * there in any tree
 * @see docs/spec/reconciliation.md, "Comparison"
 */
export async function compareNode(
  hasher: Hasher,
  read: ReadNode,
  { path, expected }: Question,
  theirs: TreeNode | undefined,
): Promise<NodeDifference> {
  if (
    !isSameSummary(summarise(hasher, theirs), expected) ||
    (theirs !== undefined && !mayStand(path, theirs))
  )
    throw new SyncError('SYNC_TREE_MISMATCH', `the node at ${path || 'the root'} is not the one promised`)
  if (theirs?.kind === 'inner')
    return compareChildren(path, await ownChildren(hasher, read, path), theirs.children)
  const own = await idsBelow(read, path)
  const ids = theirs?.ids ?? NO_IDS
  return { ...NOTHING, need: withoutIds(ids, own), have: withoutIds(own, ids) }
}

function compareChildren(path: string, own: Map<string, Summary>, theirs: readonly Child[]): NodeDifference {
  const mismatches: Mismatch[] = []
  const onlyTheirs: Bucket[] = []
  for (const child of theirs) {
    const at = path + child.label
    const mine = own.get(child.label)
    own.delete(child.label)
    if (mine === undefined) onlyTheirs.push({ path: at, count: child.count, digest: child.digest })
    else if (!isSameSummary(mine, child)) mismatches.push({ path: at, expected: child, own: mine })
  }
  const onlyOwn = [...own].map(([label, { count, digest }]) => ({ path: path + label, count, digest }))
  return { ...NOTHING, mismatches, onlyTheirs, onlyOwn }
}

const NO_IDS: JoinedIds = new Uint8Array(0)
const NOTHING: NodeDifference = { mismatches: [], onlyTheirs: [], onlyOwn: [], need: NO_IDS, have: NO_IDS }

/** The own children at a path; where a leaf stands there or above, its ids by their next digit. */
async function ownChildren(hasher: Hasher, read: ReadNode, path: string): Promise<Map<string, Summary>> {
  const node = await read(path)
  if (node?.kind === 'inner') return new Map(node.children.map((child) => [child.label, child]))
  const children = new Map<string, Summary>()
  if (!isWithinHour(path)) return children
  const held = await idsBelow(read, path)
  for (const digit of '0123456789abcdef') {
    const ids = idsUnder(held, path.slice(HOUR_PATH) + digit)
    if (ids.length > 0) children.set(digit, summarise(hasher, { kind: 'leaf', ids }))
  }
  return children
}

const DEEPEST = HOUR_PATH + MAX_NIBBLES

/** Whether a set whose tree has a node at `path` could have this one there. */
function mayStand(path: string, node: TreeNode): boolean {
  return node.kind === 'leaf'
    ? areIds(path, node.ids)
    : path.length < DEEPEST && areChildren(path, node.children)
}

function areIds(path: string, ids: JoinedIds): boolean {
  return (
    isWithinHour(path) &&
    (countIds(ids) <= MAX_LEAF_IDS || path.length === DEEPEST) &&
    areAscending(ids) &&
    idsUnder(ids, path.slice(HOUR_PATH)).length === ids.length
  )
}

function areChildren(path: string, children: readonly Child[]): boolean {
  const count = children.reduce((sum, child) => sum + child.count, 0)
  return (
    (count > MAX_LEAF_IDS || !isWithinHour(path)) &&
    children.every((child) => child.count > 0 && isLabel(path, child.label)) &&
    children.every(({ label }, i) => i === 0 || (children[i - 1]?.label ?? '') < label)
  )
}
