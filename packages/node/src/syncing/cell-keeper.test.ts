import type { Summary } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { breathe } from './breathe.ts'
import { type CellKeeper, createCellKeeper, type KeptCells } from './cell-keeper.ts'

const DAY_MS = 86_400_000

let aco: TestAco
let alice: TestNode
/** Keys that keepers drew. */
let drawn: number

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  drawn = 0
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(createCellKeeper, () => {
  it('changes cells with the set, and makes them anew every day', async () => {
    using keeper = open(() => new Uint8Array(16).fill(++drawn))
    await publish('one', 'two', 'three')
    const before = await keeper.copyOf('green', root())
    await publish('four')
    await removeFirst()
    const after = await keeper.copyOf('green', root())
    expect(after).toEqual(await keptAnew(1))
    expect([before?.ids, after?.ids]).toEqual([3, 3])
    expect(before?.cells).not.toEqual(after?.cells)
    expect(drawn).toBe(1)
    aco.now += DAY_MS
    expect((await keeper.copyOf('green', root()))?.keyBytes[0]).toBe(2)
  })

  it('gives the cells of a set as it was some changes ago, and none of one that it never was', async () => {
    using keeper = open(() => new Uint8Array(16).fill(7))
    await keeper.copyOf('green', root())
    const seen: (readonly [Summary, KeptCells | undefined])[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      seen.push([root(), await keptAnew(7)])
      await publish(`${name} 1`, `${name} 2`)
      if (name === 'c') await removeFirst()
    }
    for (const [was, kept] of seen) expect(await keeper.copyOf('green', was)).toEqual(kept)
    expect(await keeper.copyOf('green', { count: 3, digest: new Uint8Array(32) })).toBeUndefined()
  })
})

function open(newKey: () => Uint8Array): CellKeeper {
  return createCellKeeper({ store: alice.store, breathe, clock: () => aco.now, newKey })
}

/** What a keeper makes of the set as it is now, under a key. */
async function keptAnew(key: number): Promise<KeptCells | undefined> {
  using keeper = open(() => new Uint8Array(16).fill(key))
  return await keeper.copyOf('green', root())
}

function root(): Summary {
  return alice.store.rootOf('green')
}

async function publish(...names: readonly string[]): Promise<void> {
  await alice.publisher.publish(requestOf(names.map((name) => indicatorText(name))))
}

async function removeFirst(): Promise<void> {
  const [first] = await alice.store.queryRecords({ afterSequence: 0, limit: 1, plainOnly: true })
  await alice.store.commit({ removed: [first?.id as string] }, { sync: false })
}
