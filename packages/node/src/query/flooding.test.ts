import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { commentText, NEGATIVE, publishTexts, tell } from '../testing/test-comments.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, stixIdOf } from '../testing/test-objects.ts'
import { commentsOn } from './comments.ts'
import { listInbox } from './inbox.ts'
import { lookupValues } from './lookup.ts'
import type { QueryComponents } from './may-show.ts'
import { exportRecords, listRecords } from './records.ts'
import { showRecord } from './show.ts'

const VALUE = '198.51.100.7'
/** One more than a look-up shows. */
const MANY = 101

let aco: TestAco
let alice: TestNode
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  await alice.hear()
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe('a member who says very much', () => {
  it('does not drown what others say of a value, neither by many objects nor by many versions of one', async () => {
    await publishTexts(alice, [indicatorText('own')])
    await publishTexts(bob, manyOf('object', MANY))
    await publishTexts(bob, versionsOf('versions', MANY))
    await tell(bob, alice)
    const [answer] = await lookupValues(alice.query, [VALUE])
    const names = answer?.hits.map(({ summary }) => summary)
    expect(names).toHaveLength(100)
    expect(names).toContain('own')
  })

  it('hides nobody by versions that it replaced, its own newest one neither', async () => {
    await publishTexts(alice, [indicatorText('own')])
    await publishTexts(bob, versionsOf('versions', MANY))
    // The newest version comes first, as reconciliation may bring it.
    for (const { batch } of bob.announced.toReversed())
      await (
        await alice.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      ).stored
    const [answer] = await lookupValues(alice.query, [VALUE])
    expect(answer?.hits.map(({ summary }) => summary).toSorted()).toEqual(['own', 'versions'])
    expect(answer?.total).toBe(2)
  })

  it('does not stand in the way of versions that others made of the same object', async () => {
    const [own] = await publishTexts(alice, [indicatorText('x', { confidence: 10 })])
    await publishTexts(bob, versionsOf('x', MANY))
    await tell(bob, alice)
    const { life } = await showRecord(alice.query, own as string)
    expect(life.versions.map(({ record }) => record)).toEqual([own])
  })

  it('does not talk others down in comments and inboxes', async () => {
    await publishTexts(alice, [indicatorText('x')])
    const about = stixIdOf('indicator', 'x')
    const carol = await createTestNode(aco, 'carol')
    await alice.hear()
    await publishTexts(carol, [commentText('sighting', about, NEGATIVE)])
    const more = Array.from({ length: MANY }, (_, i) => commentText('sighting', about, { name: `${i}` }))
    await publishTexts(bob, more)
    await tell(carol, alice)
    await tell(bob, alice)
    await carol[Symbol.asyncDispose]()
    const comments = await commentsOn(alice.query, about)
    // Of bob a hundred, and the one of carol that came before them.
    expect(comments).toHaveLength(101)
    expect(comments.filter(({ isNegative }) => isNegative)).toHaveLength(1)
    expect(await listInbox(alice.query)).toHaveLength(1)
  })
})

describe('what whoever asks may not see', () => {
  let query: QueryComponents

  beforeEach(async () => {
    await publishTexts(alice, manyOf('hidden', MANY))
    query = { ...alice.query, clearance: () => 'clear' }
  })

  it('is not counted, however much of it there is', async () => {
    expect(await lookupValues(query, [VALUE])).toMatchObject([{ hits: [], total: 0 }])
    expect(await lookupValues(alice.query, [VALUE])).toMatchObject([{ total: MANY }])
  })

  it('makes no next page', async () => {
    for (const filter of [{}, { tlp: 'green' }, { stixId: stixIdOf('indicator', 'hidden 0') }] as const)
      for (const list of [listRecords, exportRecords])
        expect(await list(query, { ...filter, limit: 1 })).not.toHaveProperty('next')
    expect(await listRecords(alice.query, { limit: 1 })).toHaveProperty('next')
  })
})

function manyOf(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => indicatorText(`${name} ${i}`))
}

/** Versions of one object, oldest first. */
function versionsOf(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) =>
    indicatorText(name, { modified: new Date(Date.UTC(2026, 1, 1, 0, i)).toISOString() }),
  )
}
