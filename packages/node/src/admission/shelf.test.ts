import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, DAY_MS, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { Store, StoreChanges } from '../store/index.ts'
import { holdHeader } from '../testing/hold-header.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, requestOf } from '../testing/test-objects.ts'
import { openTrust } from '../trust/index.ts'
import { reconsider, type ReconsiderOptions } from './shelf.ts'

const FILE = { kind: 'file' } as const

let aco: TestAco
/** Publishes. */
let alice: TestNode
/** Holds two batches of two records of alice's, and one that came alone. */
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  for (const names of [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ])
    await alice.publisher.publish(requestOf(names.map((name) => indicatorText(name))))
  const [first, second, third] = alice.announced.map(({ batch }) => batch) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  for (const batch of [first, second])
    await (
      await bob.admission.admitBatch(batch, FILE, { sync: false })
    ).stored
  await (
    await bob.admission.admitItem(loneItems(third)[1] as never, FILE)
  ).stored
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(reconsider, () => {
  it('moves nothing of a key that is open', async () => {
    expect(await again()).toEqual(NOTHING)
  })

  it('lays all aside while its author is suspended, and brings all back as it was', async () => {
    const before = bob.store.rootOf('green')
    await act('suspend')
    expect(await again()).toEqual({ ...NOTHING, shelved: 5, returned: 0 })
    expect(bob.store.rootOf('green').count).toBe(0)
    expect(await again()).toEqual(NOTHING)
    await act('reinstate')
    expect(await again()).toEqual({ ...NOTHING, shelved: 0, returned: 5 })
    expect(bob.store.rootOf('green')).toEqual(before)
    expect(await again()).toEqual(NOTHING)
  })

  it('brings back what a suspension that ran out had laid aside, also after a restart', async () => {
    const before = bob.store.rootOf('green')
    await act('suspend', { until: new Date(aco.now + DAY_MS).toISOString() })
    await again()
    await bob.restart()
    aco.now += DAY_MS - 1
    expect(await again()).toEqual(NOTHING)
    aco.now += 1
    await aco.authority.beat()
    await bob.hear()
    expect(await again()).toEqual({ ...NOTHING, shelved: 0, returned: 5 })
    expect(bob.store.rootOf('green')).toEqual(before)
  })

  it('leaves what hangs at or below the head that closes the chain, and brings back what a later head covers', async () => {
    await holdHeader(aco, alice, 0)
    await act('revoke')
    expect(await again()).toEqual({ ...NOTHING, shelved: 3, returned: 0 })
    expect(await held()).toEqual(['a', 'b'])
    await holdHeader(aco, alice, 2)
    await act('revoke')
    expect(await again()).toEqual({ ...NOTHING, shelved: 0, returned: 3 })
    expect(await held()).toEqual(['a', 'b', 'c', 'd', 'f'])
  })

  it('lays aside what a commit that failed has left, once that is known', async () => {
    await act('suspend')
    const [row] = await bob.store.queryRecords({ afterSequence: 0, limit: 1, plainOnly: true })
    const record = row as NonNullable<typeof row>
    await bob.store.commit({ removed: [record.id] }, { sync: false })
    const store = Object.assign(Object.create(bob.store) as Store, {
      certain: () => bob.store.commit({ records: [record] }, { sync: false }),
    })
    const { shelved } = await reconsider({ ...bob, store, hasher: nativeCrypto }, alice.node)
    expect(shelved).toBe(5)
    expect(bob.store.counts.records).toBe(0)
  })

  it('reads each header of a closed chain twice at most, and moves records as it finds them', async () => {
    const more = 60
    for (let i = 0; i < more; i++) {
      const description = 'x'.repeat(200_000)
      await alice.publisher.publish(requestOf([indicatorText(`more ${i}`, { description })]))
      await (
        await bob.admission.admitBatch(alice.announced.at(-1)?.batch as Uint8Array, FILE, { sync: false })
      ).stored
    }
    await holdHeader(aco, alice, more / 2)
    await act('revoke')
    const { store, reads, commits } = counting(bob.store)
    expect(await reconsider(await onStore(store), alice.node)).toMatchObject({ shelved: more / 2 + 2 })
    expect(reads('header')).toBeLessThanOrEqual(2 * alice.announced.length)
    expect(Math.max(...commits.map(({ removed = [] }) => removed.length))).toBeLessThan(more / 2)
  })

  it('does not judge a key again that was judged to the end, also after a restart', async () => {
    await holdHeader(aco, alice, 0)
    await act('revoke')
    await again()
    await bob.restart()
    const { store, reads } = counting(bob.store)
    expect(await reconsider(await onStore(store), alice.node)).toEqual(NOTHING)
    expect(['recordsOfAuthor', 'ledgerRows', 'header'].map((name) => reads(name))).toEqual([0, 0, 0])
    await holdHeader(aco, alice, 1)
    await act('revoke')
    expect(await again()).toMatchObject({ returned: 2 })
  })

  it('judges again what came between two suspensions with the same heads', async () => {
    await act('suspend')
    expect(await again()).toMatchObject({ shelved: 5 })
    await act('reinstate')
    expect(await again()).toMatchObject({ returned: 5 })
    await act('suspend')
    expect(await again()).toMatchObject({ shelved: 5 })
  })

  it('judges again once a gap in a closed chain is filled', async () => {
    const [, second, third] = alice.announced.map(({ batch }) => batch)
    await using carol = await createTestNode(aco, 'carol')
    const bringTo = async (batch: Uint8Array | undefined): Promise<void> =>
      void (await (
        await carol.admission.admitBatch(batch as Uint8Array, FILE, { sync: false })
      ).stored)
    await bringTo(alice.announced[0]?.batch)
    await bringTo(third)
    await holdHeader(aco, alice, 2)
    await act('revoke')
    await carol.hear()
    const judge = (): ReturnType<typeof reconsider> =>
      reconsider({ ...carol, hasher: nativeCrypto }, alice.node)
    expect(await judge()).toMatchObject({ shelved: 2, returned: 0 })
    expect(await judge()).toMatchObject({ shelved: 0, returned: 0 })
    await bringTo(second)
    expect(await judge()).toMatchObject({ shelved: 0, returned: 2 })
    expect(carol.store.counts.records).toBe(6)
  })

  it('lays aside what was judged before a statement and is stored after it, the next time', async () => {
    await using carol = await createTestNode(aco, 'carol')
    const release = Promise.withResolvers<void>()
    const turn = carol.admission.inTurn(() => release.promise)
    const stored: Promise<unknown>[] = []
    const admission = {
      ...carol.admission,
      async settled() {
        await carol.admission.settled()
        const { batch } = alice.announced[0] as (typeof alice.announced)[number]
        stored.push((await carol.admission.admitBatch(batch, FILE, { sync: false })).stored)
        await aco.authority.act({ action: 'suspend', who: 'alice', reason: 'unspecified' })
        await carol.hear()
      },
    }
    await reconsider({ ...carol, admission, hasher: nativeCrypto }, alice.node)
    release.resolve()
    await Promise.all([turn, ...stored])
    expect(carol.store.counts.records).toBe(2)
    const next = await reconsider({ ...carol, hasher: nativeCrypto }, alice.node)
    expect(next).toMatchObject({ shelved: 2 })
    expect(carol.store.counts.records).toBe(0)
  })

  it('does not look through a set again whose records were laid aside, while some wait to come back', async () => {
    await act('suspend')
    await again()
    bob.skewMs = -HOUR_MS
    await act('suspend')
    expect(await again()).toEqual({ ...NOTHING, early: 5 })
    const { store, reads } = counting(bob.store)
    expect(await reconsider({ ...bob, store, hasher: nativeCrypto }, alice.node)).toMatchObject({ early: 5 })
    expect(reads('recordsOfAuthor')).toBe(0)
  })

  it('judges again what came while a key was open, when a clock that was set back closes it', async () => {
    await act('suspend', { until: new Date(aco.now + DAY_MS).toISOString() })
    await again()
    aco.now += DAY_MS
    await aco.authority.beat()
    await bob.hear()
    expect(await again()).toMatchObject({ returned: 5 })
    bob.skewMs = -DAY_MS
    expect(await again()).toMatchObject({ shelved: 5 })
    expect(bob.store.counts.records).toBe(0)
  })

  it('breaks off when it is told to, and begins anew the next time', async () => {
    await act('suspend')
    expect(await again({ mayGoOn: times(0) })).toEqual(NOTHING)
    expect(await again()).toMatchObject({ shelved: 5 })
    await act('reinstate')
    expect(await again({ mayGoOn: times(2) })).toMatchObject({ returned: 2 })
    expect(await again()).toMatchObject({ returned: 3 })
  })

  it('ends in the set that arriving afterwards would have given', async () => {
    await holdHeader(aco, alice, 1)
    await act('revoke')
    await again()
    await using carol = await createTestNode(aco, 'carol')
    // What hangs below the head can be told only once the head has come.
    for (const count of [2, 4]) {
      for (const { batch } of alice.announced)
        await (
          await carol.admission.admitBatch(batch, FILE, { sync: false })
        ).stored
      expect(carol.store.rootOf('green').count).toBe(count)
    }
    expect(carol.store.rootOf('green')).toEqual(bob.store.rootOf('green'))
  })
})

const HOUR_MS = 3_600_000

/** What does not count as moved. */
const NOTHING = { shelved: 0, returned: 0, early: 0 }

/** A store that notes how often each of its methods was called, and what was committed. */
function counting(of: Store): {
  readonly store: Store
  readonly reads: (name: string) => number
  readonly commits: StoreChanges[]
} {
  const calls: string[] = []
  const commits: StoreChanges[] = []
  const store = new Proxy(of, {
    get(target, name: string) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        calls.push(name)
        if (name === 'commit') commits.push(args[0] as StoreChanges)
        return Reflect.apply(value, target, args) as unknown
      }
    },
  })
  return { store, reads: (name) => calls.filter((call) => call === name).length, commits }
}

/** What bob judges with, on another store than his, his trust included. */
async function onStore(store: Store): Promise<Parameters<typeof reconsider>[0]> {
  const root = bob.membership.chain[2]?.bytes as Uint8Array
  const trust = await openTrust({ store, crypto: nativeCrypto, clock: () => aco.now }, root)
  return { ...bob, store, trust, hasher: nativeCrypto }
}

function again(options?: ReconsiderOptions): ReturnType<typeof reconsider> {
  return reconsider({ ...bob, hasher: nativeCrypto }, alice.node, options)
}

/** Says so often that it may go on. */
function times(count: number): () => Promise<boolean> {
  let left = count
  return async () => left-- > 0
}

async function act(
  action: 'revoke' | 'suspend' | 'reinstate',
  rest: { readonly until?: string } = {},
): Promise<void> {
  await aco.authority.act({ action, who: 'alice', reason: 'unspecified', ...rest })
  await bob.hear()
}

async function held(): Promise<readonly string[]> {
  const rows = await bob.store.queryRecords({ afterSequence: 0, limit: 100, plainOnly: true })
  const names = rows.map(({ leaf }) => /"name":"(.)"/.exec(new TextDecoder().decode(leaf))?.[1] ?? '')
  return names.toSorted((a, b) => a.localeCompare(b))
}
