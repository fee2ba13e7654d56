import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type Answerer,
  answererOf,
  comparison,
  foundBy,
  sideOf,
} from '../../../../test/protocol/comparison.ts'
import { change, EMPTY_SET, entryOf, type MemorySet } from '../../../../test/protocol/trees.ts'
import { compareBytes, toHex } from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { shortIdsOf } from './cells.ts'
import { macKeyOf } from './chaskey.ts'
import { compareSets } from './compare-sets.ts'
import { idsOfShortIds } from './exchange-cells.ts'
import { joinIds, splitIds } from './joined-ids.ts'
import type { SyncAnswer, SyncQuestion } from './questions.ts'
import { type Entry, hourPath } from './tree.ts'

const HOUR = 499_656
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i)
const crowd = Array.from({ length: 3000 }, (_, i) => entryOf(HOUR, i))
/** Ids of which all but two of the digits by which leaves split are the same. */
const ground = Array.from({ length: 5000 }, (_, i) => entryOf(HOUR, i, ...Array<number>(7).fill(0xaa)))
/** Some thousand ids over weeks, of which either side lacks some here and there. */
const weeks = Array.from({ length: 2000 }, (_, i) => entryOf(HOUR + 7 * i, i))
const side = fc.uniqueArray(fc.nat(300), { maxLength: 120 })

describe(compareSets, () => {
  it('finds exactly what either side lacks, over hours and days', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, fc.constantFrom(1, 60, 1200), async (a, b, hours) => {
        const [own, theirs] = [a, b].map((list) =>
          list.map((number) => entryOf(HOUR + ((number * 7919) % hours), number)),
        ) as [Entry[], Entry[]]
        await expectFound(own, theirs)
      }),
      { numRuns: 60 },
    )
  })

  it('finds what lies scattered among much that is alike, for the price of the difference', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(1999), { maxLength: 80 }), fc.nat(80), async (lacking, cut) => {
        const [mine, others] = [new Set(lacking.slice(0, cut)), new Set(lacking.slice(cut))]
        const found = await expectFound(
          weeks.filter((_, i) => !mine.has(i)),
          weeks.filter((_, i) => !others.has(i)),
        )
        expect(found.bytes).toBeLessThan(1500 + 40 * lacking.length)
      }),
      { numRuns: 8 },
    )
  })

  test.for<[string, readonly Entry[], readonly Entry[]]>([
    ['nothing on either side', [], []],
    ['an empty side', [], crowd.slice(0, 10)],
    ['an empty peer', crowd.slice(0, 10), []],
    ['an hour that the peer has split', crowd.slice(0, 100), crowd.slice(50)],
    ['an hour that this side has split', crowd.slice(50), crowd.slice(0, 100)],
    ['an hour that both have split', crowd.slice(0, 2500), crowd.slice(500)],
    ['a split hour and nothing', [], crowd],
    ['nothing and a split hour', crowd, []],
    ['ids that somebody ground alike, and a few of them', ground, ground.slice(0, 100)],
    ['a few of ids that somebody ground alike', ground.slice(0, 100), ground],
    ['one id among 3,000', crowd, crowd.filter((_, i) => i !== 1234)],
    ['one id too many for a leaf', crowd.slice(0, 128), crowd.slice(0, 129)],
    [
      'ids alike in their first digits',
      Array.from({ length: 300 }, (_, i) => entryOf(HOUR, i, 9, 9, 9, 9)),
      crowd.slice(0, 5),
    ],
  ])('reconciles %s', async ([, own, theirs]) => {
    await expectFound(own, theirs)
  })

  it('names no id of an hour that only one side has', async () => {
    const later = crowd.map((_, i) => entryOf(HOUR + 1 + (i % 6), 10_000 + i))
    const { messages, bytes } = await expectFound(weeks, [...weeks, ...later])
    expect(messages).toBeLessThanOrEqual(8)
    expect(bytes).toBeLessThan(3000)
  })

  it('names few ids of an hour of which only one end has come', async () => {
    const hour = Array.from({ length: 7000 }, (_, i) => entryOf(HOUR, i)).toSorted((a, b) =>
      compareBytes(a.id, b.id),
    )
    expect((await expectFound(hour.slice(5000), hour)).bytes).toBeLessThan(15_000)
    expect((await expectFound(hour, hour.slice(5000))).bytes).toBeLessThan(15_000)
  })

  it('tells ids in full where cells tell nothing', async () => {
    // Whoever knew the key made two ids of one short id: here they begin alike.
    const twins = [1, 2].map((last) => ({ hour: HOUR, id: entryOf(HOUR, 9999).id.with(31, last) }))
    const found = await expectFound(crowd.slice(1), [...crowd, ...twins])
    expect(found.gaveUp).toBe(true)
  })

  it('tells ids in full where cells say that nothing differs', async () => {
    // One of two ids of one short id on either side: the sums are the same.
    const [mine, others] = [1, 2].map((last) => ({ hour: HOUR, id: entryOf(HOUR, 9999).id.with(31, last) }))
    const found = await expectFound([...weeks, mine as Entry], [...weeks, others as Entry])
    expect(found.gaveUp).toBe(true)
    await expectFound([...crowd, mine as Entry], [...crowd, others as Entry])
  })

  it('finds the newest hours first, however deep the ids in them lie', async () => {
    // An hour that is split, and before it one that is a leaf: what lies deeper is found later.
    const before = Array.from({ length: 20 }, (_, i) => entryOf(HOUR - 1, 5000 + i))
    const twins = [1, 2].map((last) => ({ hour: HOUR, id: entryOf(HOUR, 9999).id.with(31, last) }))
    const [more, fewer] = [
      [...before, ...crowd, ...twins],
      [...before.slice(3), ...crowd.slice(3)],
    ]
    const hours = new Map(more.map(({ hour, id }) => [toHex(id), hour]))
    for (const [own, theirs, side] of [
      [fewer, more, 'need'],
      [more, fewer, 'have'],
    ] as const) {
      const set = await setOf(theirs)
      const { difference } = await comparison(await setOf(own), set, answererOf(set, KEY))
      expect(difference.gaveUp).toBe(true)
      const found = splitIds(joinIds(difference[side])).map((id) => hours.get(toHex(id)))
      expect(found).toEqual([HOUR, HOUR, HOUR, HOUR, HOUR, HOUR - 1, HOUR - 1, HOUR - 1])
    }
  })

  it('goes on where a peer answers fewer questions than it was asked', async () => {
    const [own, theirs] = [await setOf(weeks.slice(900)), await setOf(weeks.slice(0, 1100))]
    const whole = answererOf(theirs, KEY)
    const answerer: Answerer = {
      ...whole,
      async answer(question) {
        const answer = await whole.answer(question)
        return answer.type === 'nodes' ? { ...answer, nodes: answer.nodes.slice(0, 1) } : answer
      },
    }
    const { difference } = await comparison(own, theirs, answerer)
    const found = await foundBy(difference, own, theirs, answerer)
    expect([found.need.length, found.have.length]).toEqual([900, 900])
  })
})

describe(idsOfShortIds, () => {
  it('gives ids in the order of the paths, newest hours first within each', async () => {
    const set = await setOf([HOUR - 24, HOUR, HOUR + 1, HOUR + 24].flatMap((hour) => hourOf(hour, 200)))
    const key = macKeyOf(KEY)
    const wanted = [HOUR - 24, HOUR, HOUR + 1, HOUR + 24].flatMap((hour) => hourOf(hour, 2))
    const hours = new Map(wanted.map(({ hour, id }) => [toHex(id), hour]))
    const shortIds = shortIdsOf(key, joinIds(wanted.map(({ id }) => id)))
    const day = (hour: number): string => hourPath(hour).slice(0, 6)
    for (const [paths, expected] of [
      [[''], [HOUR + 24, HOUR + 1, HOUR, HOUR - 24]],
      [
        [day(HOUR), day(HOUR - 24), day(HOUR + 24)],
        [HOUR + 1, HOUR, HOUR - 24, HOUR + 24],
      ],
    ] as const) {
      const found = await idsOfShortIds(sideOf(set), paths, key, shortIds)
      const order = splitIds(joinIds(found)).map((id) => hours.get(toHex(id)))
      expect(order).toEqual(expected.flatMap((hour) => [hour, hour]))
    }
  })
})

describe('a peer that does not keep the rules', () => {
  const cut = (list: readonly Entry[], every: number): readonly Entry[] =>
    list.filter((_, i) => i % every !== 0)

  test.for<[string, string, (answer: SyncAnswer) => SyncAnswer]>([
    [
      'another node than it promised',
      'SYNC_TREE_MISMATCH',
      (answer) => withNodes(answer, [{ kind: 'leaf', ids: weeks[0]?.id as Uint8Array }]),
    ],
    ['no node at all', 'SYNC_MALFORMED', (answer) => withNodes(answer, [])],
    ['more nodes than asked for', 'SYNC_MALFORMED', (answer) => withNodes(answer, Array(65).fill(undefined))],
    [
      'cells for nodes',
      'SYNC_MALFORMED',
      () => ({ type: 'run', key: KEY, ids: 0, cells: new Uint8Array(0) }),
    ],
    [
      'nodes for cells',
      'SYNC_MALFORMED',
      (answer) => (answer.type === 'run' ? { type: 'nodes', nodes: [undefined] } : answer),
    ],
    [
      'fewer cells than asked for',
      'SYNC_MALFORMED',
      (answer) => withCells(answer, ({ cells }) => cells.slice(0, 99)),
    ],
  ])('is found out by %s', async ([, code, tamper]) => {
    expect(await codeOfComparison(weeks, cut(weeks, 9), tamper)).toBe(code)
  })

  it('is found out by cells of another key half way', async () => {
    let runs = 0
    const code = await codeOfComparison(weeks, cut(weeks, 5), (answer) =>
      answer.type === 'run' ? { ...answer, key: KEY.with(0, runs++) } : answer,
    )
    expect(code).toBe('SYNC_MALFORMED')
  })

  it('is found out by cells that are not those of the set that it shows', async () => {
    const others = cut(weeks, 9).map((_, i) => entryOf(HOUR, 5000 + i))
    const liar = answererOf(await setOf(others), KEY)
    let runs = 0
    const code = await codeOfComparison(weeks, cut(weeks, 9), async (answer, question) => {
      if (answer.type !== 'run') return answer
      const lie = await liar.answer(question)
      return runs++ % 2 === 0 ? answer : lie
    })
    expect(code).toBe('SYNC_CELLS_MISMATCH')
  })

  it('does not make this side take cells without end', async () => {
    let taken = 0
    let state = 1
    const code = await codeOfComparison(weeks, cut(weeks, 9), (answer) =>
      withCells(answer, ({ cells }) => {
        const junk = cells.slice()
        for (let i = 0; i < junk.length; i += 17) junk.fill((state = (state * 31 + 7) % 251), i, i + 16)
        taken += Math.floor(junk.length / 17)
        return junk
      }),
    )
    expect(code).toBe('SYNC_CELLS_MISMATCH')
    expect(taken).toBeLessThan(3 * 4000 + 256)
  })
})

/** Ids of an hour, the same ones each time. */
function hourOf(hour: number, count: number): readonly Entry[] {
  return Array.from({ length: count }, (_, i) => entryOf(hour, 1000 * (hour - HOUR + 50) + i))
}

function setOf(entries: readonly Entry[]): Promise<MemorySet> {
  return change(EMPTY_SET, entries)
}

function withNodes(answer: SyncAnswer, nodes: Extract<SyncAnswer, { type: 'nodes' }>['nodes']): SyncAnswer {
  return answer.type === 'nodes' ? { ...answer, nodes } : answer
}

function withCells(
  answer: SyncAnswer,
  tamper: (run: Extract<SyncAnswer, { type: 'run' }>) => Uint8Array,
): SyncAnswer {
  return answer.type === 'run' ? { ...answer, cells: tamper(answer) } : answer
}

async function codeOfComparison(
  own: readonly Entry[],
  theirs: readonly Entry[],
  tamper: (answer: SyncAnswer, question: SyncQuestion) => SyncAnswer | Promise<SyncAnswer>,
): Promise<string | undefined> {
  const [mine, others] = [await setOf(own), await setOf(theirs)]
  const honest = answererOf(others, KEY)
  const comparing = compareSets(sideOf(mine), others.root)
  try {
    let step = await comparing.next()
    while (step.done !== true) {
      const question = step.value
      step = await comparing.next(await tamper(await honest.answer(question), question))
    }
    return 'NOTHING_THROWN'
  } catch (error) {
    return codeOf(error)
  }
}

/** Reconciles two sets over encoded messages, and expects both differences to be found. */
async function expectFound(
  ownEntries: readonly Entry[],
  theirEntries: readonly Entry[],
): Promise<{ readonly messages: number; readonly bytes: number; readonly gaveUp: boolean }> {
  const [own, theirs] = [await setOf(ownEntries), await setOf(theirEntries)]
  const answerer = answererOf(theirs, KEY)
  const { difference, messages } = await comparison(own, theirs, answerer)
  expect(await foundBy(difference, own, theirs, answerer)).toEqual({
    need: minus(theirEntries, ownEntries),
    have: minus(ownEntries, theirEntries),
  })
  return {
    messages: messages.length,
    bytes: messages.reduce((sum, { length }) => sum + length, 0),
    gaveUp: difference.gaveUp,
  }
}

function minus(a: readonly Entry[], b: readonly Entry[]): readonly string[] {
  const held = new Set(b.map(({ id }) => toHex(id)))
  return a
    .map(({ id }) => toHex(id))
    .filter((id) => !held.has(id))
    .toSorted()
}
