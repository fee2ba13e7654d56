import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { change, EMPTY_SET, entryOf } from '../../../../test/protocol/trees.ts'
import { portableCrypto } from '../crypto/index.ts'
import { compareBytes, toHex } from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { decodeSyncMessage, encodeSyncMessage, nodesThatFit, type SyncMessage } from '../wire/index.ts'
import {
  advanceDifference,
  beginDifference,
  type Difference,
  MAX_DIFFERENCE,
  MAX_QUESTIONS,
} from './difference.ts'
import { type Child, type Entry, hourPath, summarise, type Summary, type TreeNode } from './tree.ts'

const HOUR = 499_656
const crowd = Array.from({ length: 3000 }, (_, i) => entryOf(HOUR, i))
const side = fc.uniqueArray(
  fc.record({ hour: fc.integer({ min: HOUR, max: HOUR + 60 }), number: fc.nat(300) }),
  {
    selector: ({ number }) => number,
    maxLength: 120,
  },
)

describe(advanceDifference, () => {
  it('finds exactly what either side lacks', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, async (a, b) => {
        const own = a.map(({ number }) => entryOf(HOUR + (number % 60), number))
        const theirs = b.map(({ number }) => entryOf(HOUR + (number % 60), number))
        await expectFound(own, theirs)
      }),
      { numRuns: 60 },
    )
  })

  test.for<[string, readonly Entry[], readonly Entry[]]>([
    ['nothing on either side', [], []],
    ['an empty side', [], crowd.slice(0, 10)],
    ['an empty peer', crowd.slice(0, 10), []],
    ['an hour that the peer has split', crowd.slice(0, 700), crowd.slice(500)],
    ['an hour that this side has split', crowd.slice(500), crowd.slice(0, 700)],
    ['an hour that both have split', crowd.slice(0, 2500), crowd.slice(500)],
    ['a split hour and nothing', [], crowd],
    ['nothing and a split hour', crowd, []],
    ['one id among 3,000', crowd, crowd.filter((_, i) => i !== 1234)],
    ['one id too many for a leaf', crowd.slice(0, 1024), crowd.slice(0, 1025)],
    [
      'ids alike in their first digits',
      Array.from({ length: 1100 }, (_, i) => entryOf(HOUR, i, 9, 9, 9, 9)),
      crowd.slice(0, 5),
    ],
  ])('reconciles %s', async ([, own, theirs]) => {
    await expectFound(own, theirs)
  })

  it('asks nothing of a peer with the same root, for one round trip and less than 200 bytes', async () => {
    const set = await change(EMPTY_SET, crowd)
    expect(beginDifference(set.root, set.root)).toEqual({ ask: [], need: [], have: [] })
    const opening: SyncMessage = { type: 'open', opening: { set: 'green', asOf: HOUR, ...set.root } }
    const messages = [opening, opening, { type: 'done' } as const]
    expect(messages.reduce((sum, message) => sum + encodeSyncMessage(message).length, 0)).toBeLessThan(200)
  })

  it('finds one missing id among 3,000 of an hour by one question a level', async () => {
    const { messages, bytes } = await expectFound(crowd.slice(1), crowd)
    expect(messages).toBe(5)
    expect(bytes).toBeLessThan(16_000)
  })

  it('goes on where a peer answers fewer questions than it was asked', async () => {
    const own = await change(EMPTY_SET, crowd.slice(0, 5))
    const theirs = await change(EMPTY_SET, crowd)
    let state = beginDifference(own.root, theirs.root)
    while (state.ask.length > 0)
      state = await advanceDifference(portableCrypto, own.read, state, [
        await theirs.read(state.ask[0]?.path ?? ''),
      ])
    expect(hex(state.need)).toEqual(hex(crowd.slice(5).map(({ id }) => id)))
  })
})

describe('a peer that does not keep the rules', () => {
  const ids = crowd
    .slice(0, 3)
    .map(({ id }) => id)
    .toSorted(compareBytes)
  const [a, b, c] = ids as [Uint8Array, Uint8Array, Uint8Array]
  const path = hourPath(HOUR)
  const child = (label: string, count = 2000): Child => ({ label, count, digest: new Uint8Array(32) })

  test.for<[string, string, TreeNode | undefined]>([
    ['ids in descending order', path, { kind: 'leaf', ids: [c, b, a] }],
    ['an id twice', path, { kind: 'leaf', ids: [a, a] }],
    ['ids of another leaf', `${path}${toHex(a).startsWith('0') ? '1' : '0'}`, { kind: 'leaf', ids: [a] }],
    ['ids above the hours', path.slice(0, 6), { kind: 'leaf', ids }],
    [
      'more ids than a leaf holds',
      path,
      {
        kind: 'leaf',
        ids: crowd
          .slice(0, 1025)
          .map(({ id }) => id)
          .toSorted(compareBytes),
      },
    ],
    ['children in descending order', '', { kind: 'inner', children: [child('0002'), child('0001')] }],
    ['a child twice', '', { kind: 'inner', children: [child('0001'), child('0001')] }],
    ['an empty child', '', { kind: 'inner', children: [child('0001', 0)] }],
    ['a label that is too long', '', { kind: 'inner', children: [child('00010')] }],
    ['a label that is too short', '', { kind: 'inner', children: [child('01')] }],
    ['a label in capitals', path, { kind: 'inner', children: [child('A')] }],
    ['day 32 of a period', '0000', { kind: 'inner', children: [child('20')] }],
    ['hour 24 of a day', '000000', { kind: 'inner', children: [child('18')] }],
    ['a split of few ids', path, { kind: 'inner', children: [child('0', 1024)] }],
    ['a split below the last digit', `${path}00000000`, { kind: 'inner', children: [child('0')] }],
  ])('is found out by %s', async ([, at, node]) => {
    const state: Difference = {
      ask: [{ path: at, expected: summarise(portableCrypto, node) }],
      need: [],
      have: [],
    }
    expect(await codeFromStep(state, [node])).toBe('SYNC_TREE_MISMATCH')
  })

  test.for<[string, Summary, TreeNode | undefined]>([
    ['another digest', { count: 3, digest: new Uint8Array(32) }, { kind: 'leaf', ids }],
    [
      'another count',
      { ...summarise(portableCrypto, { kind: 'leaf', ids }), count: 4 },
      { kind: 'leaf', ids },
    ],
    ['fewer ids', summarise(portableCrypto, { kind: 'leaf', ids }), { kind: 'leaf', ids: [a, b] }],
    ['nothing at all', summarise(portableCrypto, { kind: 'leaf', ids }), undefined],
    ['something for nothing', summarise(portableCrypto, undefined), { kind: 'leaf', ids: [a] }],
  ])('is found out by %s than it promised', async ([, expected, node]) => {
    expect(await codeFromStep({ ask: [{ path, expected }], need: [], have: [] }, [node])).toBe(
      'SYNC_TREE_MISMATCH',
    )
  })

  it('may not answer what was not asked, nor nothing', async () => {
    const node: TreeNode = { kind: 'leaf', ids }
    const question = questionOf(path, ids)
    const many = Array(MAX_QUESTIONS + 1)
    expect(await codeFromStep({ ask: [question], need: [], have: [] }, [])).toBe('SYNC_MALFORMED')
    expect(await codeFromStep({ ask: [question], need: [], have: [] }, [node, node])).toBe('SYNC_MALFORMED')
    expect(await codeFromStep({ ask: many.fill(question), need: [], have: [] }, many.fill(node))).toBe(
      'SYNC_MALFORMED',
    )
  })

  it('may not make this side ask without end', async () => {
    const node: TreeNode = { kind: 'inner', children: [child('0001')] }
    const ask = [
      { path: '', expected: summarise(portableCrypto, node) },
      ...Array<Difference['ask'][number]>(MAX_DIFFERENCE).fill(questionOf(path, ids)),
    ]
    expect(await codeFromStep({ ask, need: [], have: [] }, [node])).toBe('SYNC_LIMIT')
  })

  it('is compared with no further than the bound of a session', async () => {
    const full: Difference = {
      ask: [questionOf(path, ids), questionOf(path, ids)],
      need: Array<Uint8Array>(MAX_DIFFERENCE).fill(a),
      have: [b],
    }
    const next = await advanceDifference(portableCrypto, EMPTY_SET.read, full, [{ kind: 'leaf', ids }])
    expect([next.ask.length, next.need.length, next.have.length]).toEqual([0, MAX_DIFFERENCE, 1])
  })
})

function questionOf(path: string, ids: readonly Uint8Array[]): Difference['ask'][number] {
  return { path, expected: summarise(portableCrypto, { kind: 'leaf', ids }) }
}

async function codeFromStep(
  state: Difference,
  answers: readonly (TreeNode | undefined)[],
): Promise<string | undefined> {
  return advanceDifference(portableCrypto, EMPTY_SET.read, state, answers).then(
    () => 'NOTHING_THROWN',
    codeOf,
  )
}

/** Reconciles two sets over encoded messages, and expects both differences to be found. */
async function expectFound(
  ownEntries: readonly Entry[],
  theirEntries: readonly Entry[],
): Promise<{ messages: number; bytes: number }> {
  const [own, theirs] = [await change(EMPTY_SET, ownEntries), await change(EMPTY_SET, theirEntries)]
  const sent = { messages: 0, bytes: 0 }
  let state = beginDifference(own.root, theirs.root)
  while (state.ask.length > 0) {
    const paths = state.ask.slice(0, MAX_QUESTIONS).map(({ path }) => path)
    const ask = encodeSyncMessage({ type: 'ask', paths })
    const nodes = nodesThatFit(paths.map((path) => theirs.nodes.get(path)))
    const answer = encodeSyncMessage({ type: 'nodes', nodes })
    sent.messages++
    sent.bytes += ask.length + answer.length
    const decoded = decodeSyncMessage(answer)
    state = await advanceDifference(
      portableCrypto,
      own.read,
      state,
      decoded.type === 'nodes' ? decoded.nodes : [],
    )
  }
  expect(hex(state.need)).toEqual(hex(minus(theirEntries, ownEntries)))
  expect(hex(state.have)).toEqual(hex(minus(ownEntries, theirEntries)))
  return sent
}

function minus(a: readonly Entry[], b: readonly Entry[]): readonly Uint8Array[] {
  const held = new Set(b.map(({ id }) => toHex(id)))
  return a.map(({ id }) => id).filter((id) => !held.has(toHex(id)))
}

function hex(ids: readonly Uint8Array[]): readonly string[] {
  return ids.map(toHex).toSorted()
}
