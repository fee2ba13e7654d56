import type { Hasher } from '../crypto/index.ts'
import { compareBytes } from '../encoding/index.ts'
import { MeshError } from '../errors.ts'
import {
  type Child,
  HOUR_PATH,
  idsBelow,
  isLabel,
  isSameSummary,
  isWithinHour,
  MAX_LEAF_IDS,
  MAX_NIBBLES,
  nibbles,
  type ReadNode,
  summarise,
  type Summary,
  type TreeNode,
} from './tree.ts'

export type SyncErrorCode = 'SYNC_TREE_MISMATCH' | 'SYNC_LIMIT' | 'SYNC_MALFORMED' | 'SYNC_REFUSED'

/** A peer breaks the rules of reconciliation. */
export class SyncError extends MeshError<SyncErrorCode> {
  override name = 'SyncError'
}

/** A path to ask about, and what the peer has said of it: its answer must fit. */
export interface Question {
  readonly path: string
  readonly expected: Summary
}

/**
 * Where a comparison stands. `ask` is empty when it is done; `need` are the ids that only the peer has, `have` those that only
 * this side has.
 */
export interface Difference {
  readonly ask: readonly Question[]
  readonly need: readonly Uint8Array[]
  readonly have: readonly Uint8Array[]
}

/** Paths in one request. */
export const MAX_QUESTIONS = 64
/** Ids that one session finds missing on either side: what is beyond comes with the next session. */
export const MAX_DIFFERENCE = 262_144

/** Begins the comparison of the own set with a peer's, from the summaries of both roots. */
export function beginDifference(own: Summary, theirs: Summary): Difference {
  const ask = isSameSummary(own, theirs) ? [] : [{ path: '', expected: theirs }]
  return { ask, need: [], have: [] }
}

/**
 * Takes the peer's answers to the first of `state.ask`, as many as it gave, and says what is known then. A difference of more
 * than {@link MAX_DIFFERENCE} ids is cut there, and nothing is asked any more.
 *
 * @throws SyncError SYNC_TREE_MISMATCH when a node is not the one its summary promised; SYNC_MALFORMED for no answer, or
 * more than were asked for; SYNC_LIMIT
 */
export async function advanceDifference(
  hasher: Hasher,
  read: ReadNode,
  state: Difference,
  answers: readonly (TreeNode | undefined)[],
): Promise<Difference> {
  if (answers.length < 1 || answers.length > Math.min(state.ask.length, MAX_QUESTIONS)) {
    throw new SyncError('SYNC_MALFORMED', 'expected answers to the first questions, one at least')
  }
  const ask: (readonly Question[])[] = [state.ask.slice(answers.length)]
  const need = [state.need]
  const have = [state.have]
  for (const [i, theirs] of answers.entries()) {
    const { path, expected } = state.ask[i] as Question
    assertNode(hasher, path, theirs, expected)
    if (theirs?.kind === 'inner') {
      const step = await compareInner(hasher, read, path, theirs.children)
      ask.push(step.ask)
      have.push(step.have)
    } else {
      const own = await idsBelow(read, path)
      need.push(without(theirs?.ids ?? [], own))
      have.push(without(own, theirs?.ids ?? []))
    }
  }
  return cut({ ask: ask.flat(), need: need.flat(), have: have.flat() })
}

/** Keeps a difference within its bounds. */
function cut({ ask, need, have }: Difference): Difference {
  if (ask.length > MAX_DIFFERENCE)
    throw new SyncError('SYNC_LIMIT', 'the peer has more nodes than a tree of records may have')
  if (need.length <= MAX_DIFFERENCE && have.length <= MAX_DIFFERENCE) return { ask, need, have }
  return { ask: [], need: need.slice(0, MAX_DIFFERENCE), have: have.slice(0, MAX_DIFFERENCE) }
}

async function compareInner(
  hasher: Hasher,
  read: ReadNode,
  path: string,
  theirs: readonly Child[],
): Promise<Pick<Difference, 'ask' | 'have'>> {
  const own = await ownChildren(hasher, read, path)
  const ask: Question[] = []
  for (const child of theirs) {
    const mine = own.get(child.label)
    own.delete(child.label)
    if (mine === undefined || !isSameSummary(mine, child))
      ask.push({ path: path + child.label, expected: child })
  }
  const have: (readonly Uint8Array[])[] = []
  for (const label of own.keys()) have.push(await idsBelow(read, path + label))
  return { ask, have: have.flat() }
}

/** The own children at a path; where a leaf stands there or above, its ids by their next digit. */
async function ownChildren(hasher: Hasher, read: ReadNode, path: string): Promise<Map<string, Summary>> {
  const node = await read(path)
  if (node?.kind === 'inner') return new Map(node.children.map((child) => [child.label, child]))
  const at = path.length - HOUR_PATH
  const groups = Map.groupBy(await idsBelow(read, path), (id) => nibbles(id).charAt(at))
  return new Map([...groups].map(([label, ids]) => [label, summarise(hasher, { kind: 'leaf', ids })]))
}

/** Checks that a node is the one promised, and of the one shape that its path and its count give it. */
function assertNode(hasher: Hasher, path: string, node: TreeNode | undefined, expected: Summary): void {
  if (isSameSummary(summarise(hasher, node), expected) && (node === undefined || mayStand(path, node))) return
  throw new SyncError('SYNC_TREE_MISMATCH', `the node at ${path || 'the root'} is not the one promised`)
}

const DEEPEST = HOUR_PATH + MAX_NIBBLES

/** Whether a set whose tree has a node at `path` could have this one there. */
function mayStand(path: string, node: TreeNode): boolean {
  return node.kind === 'leaf'
    ? areIds(path, node.ids)
    : path.length < DEEPEST && areChildren(path, node.children)
}

function areIds(path: string, ids: readonly Uint8Array[]): boolean {
  return (
    isWithinHour(path) &&
    (ids.length <= MAX_LEAF_IDS || path.length === DEEPEST) &&
    ids.every((id) => nibbles(id).startsWith(path.slice(HOUR_PATH))) &&
    ids.every((id, i) => i === 0 || compareBytes(ids[i - 1] as Uint8Array, id) < 0)
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

/** The ids of `a` that are not in `b`; both ascend. */
function without(a: readonly Uint8Array[], b: readonly Uint8Array[]): Uint8Array[] {
  const left: Uint8Array[] = []
  let at = 0
  for (const id of a) {
    while (at < b.length && compareBytes(b[at] as Uint8Array, id) < 0) at++
    const other = b[at]
    if (other === undefined || compareBytes(other, id) !== 0) left.push(id)
  }
  return left
}
