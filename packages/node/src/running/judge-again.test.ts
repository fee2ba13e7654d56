import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { type Logger, SILENT_LOGGER } from '../observe/index.ts'
import type { Store } from '../store/index.ts'
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
  await bob.hear()
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(judgeAgain, () => {
  it('judges the keys that it is told of, and says what came of it', async () => {
    await using judging = judgeAgain({ ...bob, logger })
    judging.add([bob.node])
    await judging.settled()
    expect({ lines, records: bob.store.counts.records }).toEqual({ lines: [], records: 1 })
    judging.add([bob.node, alice.node, alice.node])
    judging.add([alice.node])
    await judging.settled()
    expect(bob.store.counts.records).toBe(0)
    expect(lines).toEqual(['records judged again'])
  })

  it('goes on after a key that could not be judged', async () => {
    let isBroken = true
    const store = Object.assign(Object.create(bob.store) as Store, {
      commit: (...args: Parameters<Store['commit']>) =>
        isBroken ? Promise.reject(new RangeError('the disk is gone')) : bob.store.commit(...args),
    })
    await using judging = judgeAgain({ ...bob, store, logger })
    judging.add([alice.node])
    await judging.settled()
    expect(lines).toEqual(['error: records could not be judged again'])
    isBroken = false
    judging.add([alice.node])
    await judging.settled()
    expect(bob.store.counts.records).toBe(0)
  })

  it('stops when it is told to, and leaves the rest', async () => {
    const judging = judgeAgain({ ...bob, logger })
    judging.add([bob.node, alice.node])
    await judging[Symbol.asyncDispose]()
    const { records } = bob.store.counts
    judging.add([alice.node])
    await judging.settled()
    expect(bob.store.counts.records).toBe(records)
  })
})
