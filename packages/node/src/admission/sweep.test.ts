import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { Store } from '../store/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { untilHour } from './due.ts'
import { reconsider } from './shelf.ts'
import { hourOf, openSweeper } from './sweep.ts'

const HOUR_MS = 3_600_000

let aco: TestAco
let alice: TestNode
let hour: number

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  hour = hourOf(aco.now)
  for (const hours of [1, 2, 3]) {
    const expires = new Date(aco.now + hours * HOUR_MS).toISOString()
    await alice.publisher.publish(requestOf([indicatorText(`after ${hours}`)], { expires }))
  }
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(openSweeper, () => {
  it('takes out what expires by an hour, and remembers how far it is', async () => {
    expect(alice.sweeper.asOf).toBe(hour)
    await alice.sweeper.sweepTo(hour + 2)
    expect(alice.store.counts.records).toBe(1)
    expect(alice.sweeper.asOf).toBe(hour + 2)
    expect((await openSweeper(alice.store)).asOf).toBe(hour + 2)
  })

  it('never goes back', async () => {
    await alice.sweeper.sweepTo(hour + 1)
    await alice.sweeper.sweepTo(hour)
    expect(alice.sweeper.asOf).toBe(hour + 1)
    expect(alice.store.counts.records).toBe(2)
  })

  it('lets nothing in that expires by the hour swept to', async () => {
    await alice.sweeper.sweepTo(hour + 1)
    const bytes = alice.announced[0]?.batch as Uint8Array
    const again = await alice.admission.admitBatch(bytes, { kind: 'file' }, { sync: false })
    expect(again).toMatchObject({ action: 'ignore', code: 'RECORD_EXPIRED' })
    expect(await again.stored).toEqual([])
  })

  it('says that it is there only once all is gone, and begins again where it broke off', async () => {
    let left = 1
    const store: Store = Object.assign(Object.create(alice.store) as Store, {
      commit: (...args: Parameters<Store['commit']>) =>
        left-- > 0 ? alice.store.commit(...args) : Promise.reject(new RangeError('the disk is gone')),
    })
    const sweeper = await openSweeper(store)
    expect(await codeWhen(sweeper.sweepTo(hour + 2))).toContain('the disk is gone')
    expect(sweeper.asOf).toBe(hour)
    expect((await openSweeper(alice.store)).asOf).toBe(hour)
    left = Infinity
    await sweeper.sweepTo(hour + 2)
    expect((await openSweeper(alice.store)).asOf).toBe(hour + 2)
  })

  it('lets what lies on the shelf expire too', async () => {
    await using bob = await createTestNode(aco, 'bob')
    for (const { batch } of alice.announced)
      await (
        await bob.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      ).stored
    await aco.authority.act({ action: 'suspend', who: 'alice', reason: 'inactive' })
    await bob.hear()
    expect(await reconsider({ ...bob, hasher: nativeCrypto }, alice.node)).toMatchObject({ shelved: 3 })
    await bob.sweeper.sweepTo(hour + 2)
    await aco.authority.act({ action: 'reinstate', who: 'alice', reason: 'inactive' })
    await bob.hear()
    expect(await reconsider({ ...bob, hasher: nativeCrypto }, alice.node)).toMatchObject({ returned: 1 })
    expect(bob.store.counts.records).toBe(1)
  })
})

describe('rows of the ledger that lapse', () => {
  const GRAVES = 2_500

  it('are found without reading the others, and removed a step at a time', async () => {
    await bury(0, GRAVES, hour + 5)
    await bury(GRAVES, 3, hour + 2)
    const { store, rows, sizes } = counting(alice.store)
    const sweeper = await openSweeper(store)
    await sweeper.sweepTo(hour + 2)
    expect(rows()).toBeLessThanOrEqual(4)
    expect(await buried()).toHaveLength(GRAVES)
    await sweeper.sweepTo(hour + 5)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
    expect(await Array.fromAsync(alice.store.ledgerRows(''))).toEqual([])
  })

  it('are found in a store that was made before they were listed', async () => {
    const [grave] = Object.entries(graveRows(0, 1, hour + 2)) as [[string, unknown]]
    const ledger = { [grave[0]]: grave[1] }
    await alice.store.commit({ ledger, meta: { 'due-rows': undefined } }, { sync: false })
    const sweeper = await openSweeper(alice.store)
    await sweeper.sweepTo(hour + 1)
    expect(await buried()).toHaveLength(1)
    await (await openSweeper(alice.store)).sweepTo(hour + 2)
    expect(await Array.fromAsync(alice.store.ledgerRows(''))).toEqual([])
  })
})

describe(hourOf, () => {
  it('is the whole hour in which an instant lies', () => {
    expect([0, HOUR_MS - 1, HOUR_MS, -1].map(hourOf)).toEqual([0, 0, 1, -1])
  })
})

/** Rows as they are written for records that were taken back. */
function graveRows(from: number, count: number, expires: number): Readonly<Record<string, unknown>> {
  const rows = Array.from({ length: count }, (_, i) => {
    const id = (from + i).toString(16).padStart(64, '0')
    return untilHour(expires, `graves/${id}`, { expires })
  })
  return Object.fromEntries(rows.flat())
}

function bury(from: number, count: number, expires: number): Promise<void> {
  return alice.store.commit({ ledger: graveRows(from, count, expires) }, { sync: false })
}

function buried(): Promise<readonly unknown[]> {
  return Array.fromAsync(alice.store.ledgerRows('graves/'))
}

/** A store that counts the rows of the ledger that are read, and those that each commit changes. */
function counting(of: Store): {
  readonly store: Store
  readonly rows: () => number
  readonly sizes: readonly number[]
} {
  let rows = 0
  const sizes: number[] = []
  const store = Object.assign(Object.create(of) as Store, {
    async *ledgerRows(...args: Parameters<Store['ledgerRows']>) {
      for await (const row of of.ledgerRows(...args)) {
        rows++
        yield row
      }
    },
    commit(...[changes, options]: Parameters<Store['commit']>) {
      sizes.push(Object.keys(changes.ledger ?? {}).length)
      return of.commit(changes, options)
    },
  })
  return { store, rows: () => rows, sizes }
}
