import {
  type Child,
  codeOf,
  compareBytes,
  compareNode,
  concatBytes,
  type Entry,
  hourPath,
  joinIds,
  portableCrypto,
  sha256,
  summarise,
  toHex,
  type TreeNode,
  utf8Bytes,
} from '@intelmesh/protocol'
import { change, EMPTY_SET, type MemorySet } from '../../protocol/trees.ts'
import { AT, plain, type VectorCase, type VectorFile } from '../trust/cast.ts'

/** Some entries of one hour: `count` ids from number `from` on, each the SHA-256 of its number in decimal digits. */
export interface Run {
  readonly hour: number
  readonly from: number
  readonly count: number
}

const HOUR = AT / 3_600_000
const crypto = portableCrypto
const run = (hour: number, from: number, count: number): Run => ({ hour, from, count })

const SETS: readonly (readonly [string, readonly Run[]])[] = [
  ['nothing', []],
  ['one id', [run(HOUR, 0, 1)]],
  ['control objects, which have no hour', [run(0, 0, 3)]],
  [
    'two hours of a day, another day, another period',
    [run(HOUR, 0, 2), run(HOUR + 1, 2, 1), run(HOUR + 24, 3, 1), run(HOUR + 768, 4, 1)],
  ],
  ['128 ids, all in one leaf', [run(HOUR, 0, 128)]],
  ['129 ids, a leaf that has split', [run(HOUR, 0, 129)]],
  ['2,300 ids, split twice', [run(HOUR, 0, 2300)]],
]

/** Sets and the trees over them. Of each node: its path, its kind, and what a parent says of it. */
export async function treeVectors(): Promise<VectorFile> {
  const cases: readonly VectorCase[] = await Promise.all(
    SETS.map(async ([description, runs]) => ({
      description,
      runs,
      expect: 'accept',
      ...describeTree(await setOf(runs)),
    })),
  )
  return {
    description:
      'Sets, as runs of ids {hour, from, count}: id number n is the SHA-256 of n in decimal digits. "nodes" are all nodes of the tree, [path, kind, count, digest]. See docs/spec/reconciliation.md, "Tree".',
    cases,
  }
}

export function describeTree(set: MemorySet): Readonly<Record<string, unknown>> {
  const nodes = [...set.nodes].map(([path, node]) => {
    const { count, digest } = summarise(crypto, node)
    return [path, node.kind, count, toHex(digest)] as const
  })
  return {
    count: set.root.count,
    digest: toHex(set.root.digest),
    nodes: nodes.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

/** Answers to a question for a node, and what is wrong with them. */
export async function nodeVectors(): Promise<VectorFile> {
  return {
    description:
      'Answers "node" to a question for the node at "path", where a summary "expected" was promised; "ids" of a leaf are joined. See docs/spec/reconciliation.md, "Comparison".',
    cases: lies(),
  }
}

/** The answer of a check of one answer: a code, or `accept`. */
export async function judgeAnswer(
  path: string,
  expected: { count: number; digest: Uint8Array },
  node: TreeNode | undefined,
): Promise<string> {
  return compareNode(crypto, EMPTY_SET.read, { path, expected }, node).then(
    () => 'accept',
    (error: unknown) => codeOf(error) ?? String(error),
  )
}

function lies(): readonly VectorCase[] {
  const ids = [0, 1, 2].map(idOf).toSorted(compareBytes) as [Uint8Array, Uint8Array, Uint8Array]
  const [a, b, c] = ids
  const path = hourPath(HOUR)
  const child = (label: string, count = 2000): Child => ({ label, count, digest: new Uint8Array(32) })
  const shapes: readonly (readonly [string, string, TreeNode])[] = [
    ['ids in descending order', path, { kind: 'leaf', ids: concatBytes(c, b, a) }],
    ['an id twice', path, { kind: 'leaf', ids: concatBytes(a, a) }],
    ['ids above the hours', path.slice(0, 6), { kind: 'leaf', ids: joinIds(ids) }],
    ['an id of another leaf', `${path}${toHex(a).startsWith('0') ? '1' : '0'}`, { kind: 'leaf', ids: a }],
    ['children in descending order', '', { kind: 'inner', children: [child('0002'), child('0001')] }],
    ['an empty child', '', { kind: 'inner', children: [child('0001', 0)] }],
    ['a label of the wrong length', '', { kind: 'inner', children: [child('01')] }],
    ['day 32 of a period', '0000', { kind: 'inner', children: [child('20')] }],
    ['hour 24 of a day', '000000', { kind: 'inner', children: [child('18')] }],
    ['a split of 128 ids', path, { kind: 'inner', children: [child('0', 128)] }],
    ['a split below the last digit', `${path}${'0'.repeat(16)}`, { kind: 'inner', children: [child('0')] }],
  ]
  const answer = (
    description: string,
    at: string,
    node: TreeNode,
    expected = summarise(crypto, node),
    verdict = 'SYNC_TREE_MISMATCH',
  ): VectorCase => ({
    description,
    path: at,
    expected: plain(expected),
    node: plain(node),
    expect: verdict,
  })
  const leaf: TreeNode = { kind: 'leaf', ids: joinIds(ids) }
  return [
    answer('a leaf as promised', path, leaf, summarise(crypto, leaf), 'accept'),
    ...shapes.map(([description, at, node]) => answer(description, at, node)),
    answer('another digest than promised', path, leaf, { count: 3, digest: new Uint8Array(32) }),
    answer('another count than promised', path, leaf, { ...summarise(crypto, leaf), count: 4 }),
  ]
}

export function setOf(runs: readonly Run[]): Promise<MemorySet> {
  const entries: Entry[] = runs.flatMap(({ hour, from, count }) =>
    Array.from({ length: count }, (_, i) => ({ hour, id: idOf(from + i) })),
  )
  return change(EMPTY_SET, entries)
}

export function idOf(number: number): Uint8Array {
  return sha256(utf8Bytes(String(number)))
}
