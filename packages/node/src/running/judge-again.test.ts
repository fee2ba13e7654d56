import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { type Logger, SILENT_LOGGER } from '../observe/index.ts'
import { type Store, StoreError } from '../store/index.ts'
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
    await bob.hear()
    judging.add([bob.node])
    await judging.settled()
    expect({ lines, records: bob.store.counts.records }).toEqual({ lines: [], records: 1 })
    judging.add([bob.node, alice.node, alice.node])
    judging.add([alice.node])
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

  it('brings back what is dated ahead of a clock that was set back, once it has come there', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await using judging = judgeAgain({ ...bob, logger })
    await bob.hear()
    judging.add([alice.node])
    await judging.settled()
    await aco.authority.act({ action: 'reinstate', who: 'alice', reason: 'unspecified' })
    await bob.hear()
    bob.skewMs = -HOUR_MS
    judging.add([alice.node])
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

  it('stops when it is told to, and leaves the rest', async () => {
    await bob.hear()
    const judging = judgeAgain({ ...bob, logger })
    judging.add([bob.node, alice.node])
    await judging[Symbol.asyncDispose]()
    const { records } = bob.store.counts
    judging.add([alice.node])
    await judging.settled()
    expect(bob.store.counts.records).toBe(records)
  })
})

const HOUR_MS = 3_600_000
