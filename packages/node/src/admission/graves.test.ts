import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { publishTexts, tell } from '../testing/test-comments.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, stixIdOf } from '../testing/test-objects.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { graveOf, gravesOfObject } from './graves.ts'

let aco: TestAco
let alice: TestNode
let bob: TestNode
let record: string

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  await Promise.all([alice.hear(), bob.hear()])
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

describe(gravesOfObject, () => {
  const stixId = stixIdOf('indicator', 'a')
  const allOf = (most: number, of?: string) =>
    gravesOfObject(alice.store, nativeCrypto, stixId, { mostOfEach: most, ...(of !== undefined && { of }) })

  it('gives each organisation its share, and one of them its own alone', async () => {
    const theirs: string[] = []
    for (const day of ['01', '02', '03']) {
      const text = indicatorText('a', { modified: `2026-03-${day}T00:00:00.000Z` })
      theirs.push((await publishTexts(bob, [text]))[0] as string)
    }
    await bob.publisher.retract({ ids: [stixId], reason: 'error' })
    await tell(bob, alice)
    const { organisation } = (await alice.store.record(record)) ?? expect.fail()
    await alice.publisher.retract({ ids: [record], reason: 'error' })

    expect((await allOf(10)).toSorted()).toEqual([record, ...theirs].toSorted())
    const shares = await allOf(1)
    expect(shares).toHaveLength(2)
    expect(shares).toContain(record)
    expect(await allOf(10, organisation)).toEqual([record])
  })

  it('lets a leak follow an error, also while others hold the same STIX id, and leaves no mark then', async () => {
    await publishTexts(bob, [indicatorText('a', { modified: '2026-03-01T00:00:00.000Z' })])
    await tell(bob, alice)
    await alice.publisher.retract({ ids: [record], reason: 'error' })
    const { retracted, refused } = await alice.publisher.retract({ ids: [stixId], reason: 'leak' })
    expect({ retracted, refused }).toMatchObject({ retracted: [{ record }], refused: [] })
    expect(await allOf(10)).toEqual([])
  })
})
