import type { Hasher } from '../crypto/index.ts'
import { compareBytes, toHex } from '../encoding/index.ts'
import { MeshError } from '../errors.ts'
import {
  HOUR_PATH,
  idsBelow,
  isSameSummary,
  isWithinHour,
  MAX_NIBBLES,
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
/** Ids that one session may find missing on either side: what is beyond comes with the next session. */
export const MAX_DIFFERENCE = 262_144

/** Begins the comparison of the own set with a peer's, from the summaries of both roots. */
export function beginDifference(own: Summary, theirs: Summary): Difference {
  const ask = isSameSummary(own, theirs) ? [] : [{ path: '', expected: theirs }]
  return { ask, need: [], have: [] }
}

/**
 * Takes the peer's answers to the first {@link MAX_QUESTIONS} of `state.ask` and says what is known then.
 *
 * @throws SyncError SYNC_TREE_MISMATCH when a node is not the one its summary promised; SYNC_LIMIT
 */
export async function advanceDifference(
  hasher: Hasher,
  read: ReadNode,
  state: Difference,
  answers: readonly (TreeNode | undefined)[],
): Promise<Difference> {
  const asked = state.ask.slice(0, MAX_QUESTIONS)
  if (answers.length !== asked.length) throw new SyncError('SYNC_MALFORMED', 'expected an answer to each question')
  const ask = state.ask.slice(MAX_QUESTIONS)
  const need = [...state.need]
  const have = [...state.have]
  for (const [i, { path, expected }] of asked.entries()) {
    const theirs = answers[i]
    assertNode(hasher, path, theirs, expected)
    if (theirs === undefined || theirs.kind === 'leaf') {
      const own = await idsBelow(read, path)
      need.push(...without(theirs?.ids ?? [], own))
      have.push(...without(own, theirs?.ids ?? []))
    } else {
      const step = await compareInner(hasher, read, path, theirs.children)
      ask.push(...step.ask)
      have.push(...step.have)
    }
  }
  if (need.length > MAX_DIFFERENCE || have.length > MAX_DIFFERENCE || ask.length > MAX_DIFFERENCE) {
    throw new SyncError('SYNC_LIMIT', 'the sets differ by more than one session compares')
  }
  return { ask, need, have }
}

async function compareInner(
  hasher: Hasher,
  read: ReadNode,
  path: string,
  theirs: readonly (Summary & { readonly label: string })[],
): Promise<Pick<Difference, 'ask' | 'have'>> {
  const own = await ownChildren(hasher, read, path, theirs.map((child) => child.label.length)[0] ?? 1)
  const ask: Question[] = []
  for (const child of theirs) {
    const mine = own.get(child.label)
    own.delete(child.label)
    if (mine === undefined || !isSameSummary(mine, child)) ask.push({ path: path + child.label, expected: child })
  }
  const have: Uint8Array[] = []
  for (const label of own.keys()) have.push(...(await idsBelow(read, path + label)))
  return { ask, have }
}

/** The own children at a path; where a leaf stands there or above, its ids by their next digits. */
async function ownChildren(hasher: Hasher, read: ReadNode, path: string, labelLength: number): Promise<Map<string, Summary>> {
  const node = await read(path)
  if (node?.kind === 'inner') return new Map(node.children.map((child) => [child.label, child]))
  const groups = new Map<string, Uint8Array[]>()
  for (const id of await idsBelow(read, path)) {
    const at = path.length - HOUR_PATH
    const label = toHex(id.subarray(0, MAX_NIBBLES / 2)).slice(at, at + labelLength)
    groups.set(label, [...(groups.get(label) ?? []), id])
  }
  return new Map([...groups].map(([label, ids]) => [label, summarise(hasher, { kind: 'leaf', ids })]))
}

/** Checks that a node is the one promised, and that what is in it may stand at its path. */
function assertNode(hasher: Hasher, path: string, node: TreeNode | undefined, expected: Summary): void {
  const fits =
    isSameSummary(summarise(hasher, node), expected) &&
    (node === undefined || (node.kind === 'leaf' ? areIds(path, node.ids) : areLabels(path, node.children)))
  if (!fits) throw new SyncError('SYNC_TREE_MISMATCH', `the node at ${path || 'the root'} is not the one promised`)
}

function areIds(path: string, ids: readonly Uint8Array[]): boolean {
  const prefix = path.slice(HOUR_PATH)
  return (
    isWithinHour(path) &&
    ids.every((id, i) => (i === 0 || compareBytes(ids[i - 1] as Uint8Array, id) < 0) && toHex(id).startsWith(prefix))
  )
}

function areLabels(path: string, children: readonly { readonly label: string; readonly count: number }[]): boolean {
  const length = path.length === 0 ? 4 : isWithinHour(path) ? 1 : 2
  return (
    path.length < HOUR_PATH + MAX_NIBBLES &&
    children.every(
      ({ label, count }, i) =>
        label.length === length &&
        /^[0-9a-f]+$/.test(label) &&
        count > 0 &&
        (i === 0 || (children[i - 1]?.label ?? '') < label),
    )
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
