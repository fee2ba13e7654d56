import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { publishTexts, tell } from '../testing/test-comments.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText } from '../testing/test-objects.ts'
import { graveOf } from './graves.ts'

let aco: TestAco
let alice: TestNode
let bob: TestNode
let record: string

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  await bob.hear()
  record = (await publishTexts(alice, [indicatorText('a')]))[0] as string
  await tell(alice, bob)
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(graveOf, () => {
  it.for(['error', 'leak'] as const)(
    'remembers a record taken back as %s, and nothing of what it said',
    async (reason) => {
      expect(await graveOf(bob.store, record)).toBeUndefined()
      const { sequence, arrivedAt, hlc, expires } = (await bob.store.record(record)) ?? expect.fail()
      await alice.publisher.retract({ ids: [record], reason })
      await tell(alice, bob)
      expect(await graveOf(bob.store, record)).toEqual({
        author: alice.node,
        organisation: expect.any(String),
        set: 'green',
        tlp: 'green',
        hlc: String(hlc),
        expires,
        arrivedAt,
        sequence,
      })
    },
  )

  it('forgets it when the record would have expired', async () => {
    const { expires } = (await bob.store.record(record)) ?? expect.fail()
    await alice.publisher.retract({ ids: [record], reason: 'error' })
    await tell(alice, bob)
    await bob.sweeper.sweepTo(expires - 1)
    expect(await graveOf(bob.store, record)).toBeDefined()
    await bob.sweeper.sweepTo(expires)
    expect(await graveOf(bob.store, record)).toBeUndefined()
  })
})
