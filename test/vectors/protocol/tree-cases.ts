import {
  advanceDifference,
  beginDifference,
  type Child,
  codeOf,
  compareBytes,
  type Entry,
  hourPath,
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
  ['1,024 ids, all in one leaf', [run(HOUR, 0, 1024)]],
  ['1,025 ids, a leaf that has split', [run(HOUR, 0, 1025)]],
  ['20,000 ids, split twice', [run(HOUR, 0, 20_000)]],
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

const PAIRS: readonly (readonly [string, readonly Run[], readonly Run[]])[] = [
  ['equal sets', [run(HOUR, 0, 9)], [run(HOUR, 0, 9)]],
  ['an empty side', [], [run(HOUR, 0, 5), run(HOUR + 30, 5, 5)]],
  ['an empty peer', [run(HOUR, 0, 5)], []],
  [
    'differences on both sides',
    [run(HOUR, 0, 10), run(HOUR + 24, 20, 10)],
    [run(HOUR, 5, 10), run(HOUR + 24, 20, 9)],
  ],
  ['an hour that the peer has split', [run(HOUR, 0, 700)], [run(HOUR, 500, 1500)]],
  ['an hour that this side has split', [run(HOUR, 500, 1500)], [run(HOUR, 0, 700)]],
  ['one id among 3,000', [run(HOUR, 0, 3000)], [run(HOUR, 0, 2999)]],
]

/** Comparisons: the questions of each round and what is found; and answers that are not what was promised. */
export async function differenceVectors(): Promise<VectorFile> {
  const compared = await Promise.all(
    PAIRS.map(async ([description, own, theirs]) => ({
      description,
      own,
      theirs,
      ...(await compareSets(own, theirs)),
      expect: 'accept',
    })),
  )
  return {
    description:
      'Comparisons of the set "own" with the set "theirs", both in runs as in tree.json: the paths asked for in each round, and how many ids are needed and had, with the SHA-256 of those ids in ascending order. Cases with "node" are answers at "path" where a summary "expected" was promised. See docs/spec/reconciliation.md, "Comparison".',
    cases: [...compared, ...lies()],
  }
}

export async function compareSets(
  ownRuns: readonly Run[],
  theirRuns: readonly Run[],
): Promise<Readonly<Record<string, unknown>>> {
  const [own, theirs] = [await setOf(ownRuns), await setOf(theirRuns)]
  const rounds: (readonly string[])[] = []
  let state = beginDifference(own.root, theirs.root)
  while (state.ask.length > 0) {
    const asked = state.ask.slice(0, 64).map(({ path }) => path)
    rounds.push(asked)
    state = await advanceDifference(
      crypto,
      own.read,
      state,
      asked.map((path) => theirs.nodes.get(path)),
    )
  }
  const digest = (ids: readonly Uint8Array[]): string =>
    toHex(crypto.sha256(new Uint8Array(ids.toSorted(compareBytes).flatMap((id) => [...id]))))
  return {
    rounds,
    needs: state.need.length,
    need: digest(state.need),
    haves: state.have.length,
    have: digest(state.have),
  }
}

/** The answer of a check of one answer: a code, or `accept`. */
export async function judgeAnswer(
  path: string,
  expected: { count: number; digest: Uint8Array },
  node: TreeNode | undefined,
): Promise<string> {
  const state = { ask: [{ path, expected }], need: [], have: [] }
  return advanceDifference(crypto, EMPTY_SET.read, state, [node]).then(
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
    ['ids in descending order', path, { kind: 'leaf', ids: [c, b, a] }],
    ['an id twice', path, { kind: 'leaf', ids: [a, a] }],
    ['ids above the hours', path.slice(0, 6), { kind: 'leaf', ids }],
    ['an id of another leaf', `${path}${toHex(a).startsWith('0') ? '1' : '0'}`, { kind: 'leaf', ids: [a] }],
    ['children in descending order', '', { kind: 'inner', children: [child('0002'), child('0001')] }],
    ['an empty child', '', { kind: 'inner', children: [child('0001', 0)] }],
    ['a label of the wrong length', '', { kind: 'inner', children: [child('01')] }],
    ['day 32 of a period', '0000', { kind: 'inner', children: [child('20')] }],
    ['hour 24 of a day', '000000', { kind: 'inner', children: [child('18')] }],
    ['a split of 1,024 ids', path, { kind: 'inner', children: [child('0', 1024)] }],
    ['a split below the last digit', `${path}00000000`, { kind: 'inner', children: [child('0')] }],
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
  const leaf: TreeNode = { kind: 'leaf', ids }
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

function idOf(number: number): Uint8Array {
  return sha256(utf8Bytes(String(number)))
}
