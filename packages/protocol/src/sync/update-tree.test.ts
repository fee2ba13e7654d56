import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { change, EMPTY_SET, entryOf, type MemorySet } from '../../../../test/protocol/trees.ts'
import { portableCrypto } from '../crypto/index.ts'
import { compareBytes, toHex } from '../encoding/index.ts'
import { countIds, splitIds } from './joined-ids.ts'
import {
  entryPath,
  hourOfPath,
  hourPath,
  idsBelow,
  isLabel,
  MAX_LEAF_IDS,
  stepDown,
  summarise,
  type TreeNode,
} from './tree.ts'
import { updateTree } from './update-tree.ts'

const HOUR = 499_656
const entries = fc.uniqueArray(
  fc.record({ hour: fc.constantFrom(0, HOUR, HOUR + 1, HOUR + 24, HOUR + 768), number: fc.nat(40) }),
  { selector: ({ number }) => number, maxLength: 30 },
)
const crowd = Array.from({ length: 3000 }, (_, i) => entryOf(HOUR, i))

describe(updateTree, () => {
  it('depends on the set alone, and not on how it came about', async () => {
    await fc.assert(
      fc.asyncProperty(entries, entries, fc.nat(30), async (kept, passing, cut) => {
        const wanted = kept.map(({ hour, number }) => entryOf(hour, number))
        const others = passing.map(({ hour, number }) => entryOf(hour, number + 100))
        const atOnce = await change(EMPTY_SET, wanted)
        const halves = await change(
          await change(EMPTY_SET, [...others, ...wanted.slice(cut)]),
          wanted.slice(0, cut).toReversed(),
          others,
        )
        expect(halves.nodes).toEqual(atOnce.nodes)
        expect(atOnce.root.count).toBe(wanted.length)
        expect(ids(splitIds(await idsBelow(atOnce.read, '')))).toEqual(ids(wanted.map(({ id }) => id)))
      }),
    )
  })

  it('reports the nodes that changed, all of them and no others', async () => {
    await fc.assert(
      fc.asyncProperty(entries, entries, async (first, second) => {
        const before = await change(
          EMPTY_SET,
          first.map(({ hour, number }) => entryOf(hour, number)),
        )
        const after = await change(
          before,
          second.filter(({ number }) => number % 2 === 0).map(({ hour, number }) => entryOf(hour, number)),
          second.filter(({ number }) => number % 2 === 1).map(({ hour, number }) => entryOf(hour, number)),
        )
        expect([...after.changed].toSorted()).toEqual(differing(before, after))
      }),
    )
  })

  it('changes nothing where everything is held already, or nothing is there to be removed', async () => {
    const few = crowd.slice(0, 5)
    const set = await change(EMPTY_SET, few)
    expect((await change(set, few)).changed).toEqual(new Set())
    expect((await change(set, [], crowd.slice(5, 9))).changed).toEqual(new Set())
    expect((await change(EMPTY_SET, [], few)).changed).toEqual(new Set())
  })

  it('splits an hour above 128 ids, and merges it back', async () => {
    const full = await change(EMPTY_SET, crowd.slice(0, MAX_LEAF_IDS))
    expect(full.nodes.get(hourPath(HOUR))?.kind).toBe('leaf')
    const over = await change(full, crowd.slice(MAX_LEAF_IDS, MAX_LEAF_IDS + 1))
    expect(over.nodes.get(hourPath(HOUR))?.kind).toBe('inner')
    expect([...over.changed].toSorted()).toEqual(differing(full, over))
    const back = await change(over, [], crowd.slice(MAX_LEAF_IDS, MAX_LEAF_IDS + 1))
    expect(back.nodes).toEqual(full.nodes)
    expect([...back.changed].toSorted()).toEqual(differing(over, back))
  })

  test.for([0, 1, 2])('gives 3,000 ids of an hour one tree, in any order (run %i)', async (run) => {
    const atOnce = await change(EMPTY_SET, crowd)
    const shuffled = crowd.toSorted((a, b) => (a.id[run] ?? 0) - (b.id[run] ?? 0))
    let set = EMPTY_SET
    for (let at = 0; at < shuffled.length; at += 700) set = await change(set, shuffled.slice(at, at + 700))
    expect(set.nodes).toEqual(atOnce.nodes)
    const fewer = await change(set, [], shuffled.slice(0, 2200))
    expect(fewer.nodes).toEqual((await change(EMPTY_SET, shuffled.slice(2200))).nodes)
  })

  it('stops splitting sixteen digits down', async () => {
    const alike = Array.from({ length: MAX_LEAF_IDS + 10 }, (_, i) =>
      entryOf(HOUR, i, 1, 2, 3, 4, 5, 6, 7, 8),
    )
    const set = await change(EMPTY_SET, alike)
    const deepest = set.nodes.get(`${hourPath(HOUR)}0102030405060708`)
    expect(deepest?.kind === 'leaf' && countIds(deepest.ids)).toBe(MAX_LEAF_IDS + 10)
    expect(countIds(await idsBelow(set.read, hourPath(HOUR)))).toBe(MAX_LEAF_IDS + 10)
  })

  it('keeps every inner node the sum of its children', async () => {
    const set = await change(EMPTY_SET, [
      ...crowd,
      ...crowd.map(({ id }, i) => ({ hour: HOUR + i, id: portableCrypto.sha256(id) })),
    ])
    for (const [path, node] of set.nodes) {
      if (node.kind === 'leaf') continue
      for (const { label, ...summary } of node.children) {
        expect(summarise(portableCrypto, set.nodes.get(path + label)), path + label).toEqual(summary)
        expect(isLabel(path, label)).toBe(true)
      }
    }
  })
})

describe(idsBelow, () => {
  it('finds ids under a path inside a leaf that stands above it', async () => {
    const set = await change(EMPTY_SET, crowd.slice(0, 100))
    const digit = '7'
    const expected = crowd
      .slice(0, 100)
      .map(({ id }) => id)
      .filter((id) => toHex(id).startsWith(digit))
    expect(ids(splitIds(await idsBelow(set.read, hourPath(HOUR) + digit)))).toEqual(ids(expected))
    expect(countIds(await idsBelow(set.read, `${hourPath(HOUR + 1)}7`))).toBe(0)
    expect(countIds(await idsBelow(set.read, hourPath(HOUR).slice(0, 6)))).toBe(100)
  })
})

describe(hourPath, () => {
  it('orders as hours do, and is met step by step', () => {
    const hour = fc.nat(0x1_0000 * 768 - 1)
    fc.assert(
      fc.property(hour, hour, (a, b) => {
        expect(hourPath(a) < hourPath(b)).toBe(a < b)
        expect(hourPath(a)).toHaveLength(8)
        expect(hourOfPath(hourPath(a))).toBe(a)
        expect(hourOfPath(entryPath(entryOf(a, b)))).toBe(a)
        const path = entryPath(entryOf(a, b))
        const steps = ['']
        while (steps.at(-1) !== path) steps.push(stepDown(steps.at(-1) ?? '', path))
        expect(steps.map(({ length }) => length)).toEqual([
          0,
          4,
          6,
          ...Array.from({ length: 17 }, (_, i) => 8 + i),
        ])
        for (const [i, step] of steps.slice(1).entries())
          expect(isLabel(steps[i] ?? '', step.slice(steps[i]?.length))).toBe(true)
      }),
    )
  })

  test.for([-1, 0.5, 0x1_0000 * 768])('has no place for hour %d', (hour) => {
    expect(() => hourPath(hour)).toThrow(RangeError)
  })

  test.for([
    ['', '00'],
    ['', '000g'],
    ['0000', '20'],
    ['0000', '0'],
    ['000000', '18'],
    ['000000', 'ff'],
    ['00000000', '00'],
    ['0'.repeat(24), '0'],
  ] as const)('knows that %j has no child %j', ([path, label]) => expect(isLabel(path, label)).toBe(false))
})

function ids(list: readonly Uint8Array[]): readonly string[] {
  return list.toSorted(compareBytes).map(toHex)
}

/** The paths at which two sets hold different nodes. */
function differing(a: MemorySet, b: MemorySet): readonly string[] {
  const spelt = (node: TreeNode | undefined): string =>
    JSON.stringify(node, (_, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value))
  return [...new Set([...a.nodes.keys(), ...b.nodes.keys()])]
    .filter((path) => spelt(a.nodes.get(path)) !== spelt(b.nodes.get(path)))
    .toSorted()
}
