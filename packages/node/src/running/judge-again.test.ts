import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { type Logger, SILENT_LOGGER } from '../observe/index.ts'
import { type Store, StoreError } from '../store/index.ts'
import { holdHeader } from '../testing/hold-header.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { judgeAgain } from './judge-again.ts'

let aco: TestAco
/** Publishes. */
let alice: TestNode
let bob: TestNode
/** What was logged at `info` and `error`. */
let lines: string[]

const logger: Logger = {
  ...SILENT_LOGGER,
  info: (message) => lines.push(message),
  error: (message) => lines.push(`error: ${message}`),
}

beforeEach(async () => {
  lines = []
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  await alice.publisher.publish(requestOf([indicatorText('a')]))
  const batch = alice.announced[0]?.batch as Uint8Array
  await (
    await bob.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
  ).stored
  await aco.authority.act({ action: 'suspend', who: 'alice', reason: 'inactive' })
})

afterEach(async () => {
  vi.useRealTimers()
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(judgeAgain, () => {
  it('judges the keys that it is told of, and says what came of it', async () => {
    await using judging = judgeAgain({ ...bob, logger })
    await judging.settled()
    expect({ lines, records: bob.store.counts.records }).toEqual({ lines: [], records: 1 })
    await bob.hear()
    await bob.hear()
    await judging.settled()
    expect(bob.store.counts.records).toBe(0)
    expect(lines).toEqual(['records judged again'])
  })

  it('begins with what a process before it has left undone', async () => {
    await bob.hear()
    await using judging = judgeAgain({ ...bob, logger })
    await judging.settled()
    expect({ lines, records: bob.store.counts.records }).toEqual({
      lines: ['records judged again'],
      records: 0,
    })
  })

  it.for([
    { what: 'the disk', fault: new StoreError('STORE_FULL', 'the disk has no room') },
    { what: 'anything else', fault: new RangeError('a bug') },
  ])('tries again where $what failed, until it has been done', async ({ fault }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await bob.hear()
    let isBroken = true
    const store = Object.assign(Object.create(bob.store) as Store, {
      commit: (...args: Parameters<Store['commit']>) =>
        isBroken ? Promise.reject(fault) : bob.store.commit(...args),
    })
    await using judging = judgeAgain({ ...bob, store, logger })
    await judging.settled()
    expect(judging.waiting).toBeGreaterThan(0)
    await vi.advanceTimersByTimeAsync(60_000)
    await judging.settled()
    expect(lines).toEqual(Array(2).fill('error: records could not be judged again'))
    isBroken = false
    await vi.advanceTimersByTimeAsync(60_000)
    await judging.settled()
    expect({ waiting: judging.waiting, records: bob.store.counts.records }).toEqual({
      waiting: 0,
      records: 0,
    })
  })

  it('leaves a key alone for a while with which something failed, whatever else it is told of', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await bob.hear()
    let count = 0
    const store = Object.assign(Object.create(bob.store) as Store, {
      async commit() {
        count++
        throw new RangeError('a bug')
      },
    })
    await using judging = judgeAgain({ ...bob, store, logger })
    await judging.settled()
    for (let i = 0; i < 3; i++) judging.add([bob.node])
    await judging.settled()
    expect({ count, waiting: judging.waiting }).toEqual({ count: 1, waiting: 1 })
    judging.add([alice.node])
    await judging.settled()
    expect({ count, waiting: judging.waiting }).toEqual({ count: 2, waiting: 1 })
  })

  it('leaves all keys alone for a while when the disk failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let [count, isBroken] = [0, true]
    const store = Object.assign(Object.create(bob.store) as Store, {
      async certain() {
        count++
        if (isBroken) throw new StoreError('STORE_IO', 'the disk cannot be read')
      },
    })
    await using judging = judgeAgain({ ...bob, store, logger })
    await judging.settled()
    const keys = new Set([...bob.trust.roster.all()].map(({ keyId }) => keyId)).size
    expect({ count, waiting: judging.waiting }).toEqual({ count: 1, waiting: keys })
    await vi.advanceTimersByTimeAsync(60_000)
    await judging.settled()
    expect({ count, waiting: judging.waiting }).toEqual({ count: 2, waiting: keys })
    isBroken = false
    await vi.advanceTimersByTimeAsync(60_000)
    await judging.settled()
    expect({ count, waiting: judging.waiting }).toEqual({ count: 2 + keys, waiting: 0 })
  })

  it('brings back what is dated ahead of a clock that was set back, once it has come there', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await bob.hear()
    const before = judgeAgain({ ...bob, logger })
    await before.settled()
    await before[Symbol.asyncDispose]()
    await aco.authority.act({ action: 'reinstate', who: 'alice', reason: 'unspecified' })
    await bob.hear()
    bob.skewMs = -HOUR_MS
    await using judging = judgeAgain({ ...bob, logger })
    await judging.settled()
    expect({ waiting: judging.waiting, records: bob.store.counts.records }).toEqual({
      waiting: 1,
      records: 0,
    })
    bob.skewMs = 0
    await vi.advanceTimersByTimeAsync(60_000)
    await judging.settled()
    expect({ waiting: judging.waiting, records: bob.store.counts.records }).toEqual({
      waiting: 0,
      records: 1,
    })
  })

  it('brings back what is linked to a closing head, once the header between has come', async () => {
    for (const name of ['b', 'c']) await alice.publisher.publish(requestOf([indicatorText(name)]))
    await holdHeader(aco, alice, 2)
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'unspecified' })
    await bob.hear()
    await using judging = judgeAgain({ ...bob, logger })
    await judging.settled()
    const held = [bob.store.counts.records]
    for (const place of [2, 1]) {
      const { batch } = alice.announced[place] as (typeof alice.announced)[number]
      const { stored } = await bob.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      await stored
      await judging.settled()
      held.push(bob.store.counts.records)
    }
    expect(held).toEqual([0, 1, 3])
  })

  it('stops when it is told to, and leaves the rest', async () => {
    const judging = judgeAgain({ ...bob, logger })
    await judging[Symbol.asyncDispose]()
    await bob.hear()
    await judging.settled()
    expect({ lines, records: bob.store.counts.records }).toEqual({ lines: [], records: 1 })
  })
})

const HOUR_MS = 3_600_000
