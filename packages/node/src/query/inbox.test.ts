import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { commentText, NEGATIVE, publishTexts, tell } from '../testing/test-comments.ts'
import { createSecondNode, createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, stixIdOf } from '../testing/test-objects.ts'
import { listInbox, settle } from './inbox.ts'
import type { QueryComponents } from './may-show.ts'

const ABOUT = stixIdOf('indicator', 'x')

let aco: TestAco
let alice: TestNode
let bob: TestNode
/** Alice's record. */
let record: string

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  await alice.hear()
  record = (await publishTexts(alice, [indicatorText('x')]))[0] as string
  await tell(alice, bob)
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(listInbox, () => {
  it('names what speaks against own records first, and each newest first', async () => {
    await say(commentText('note', ABOUT, { name: '1' }))
    await say(commentText('sighting', ABOUT, { ...NEGATIVE, name: '2', description: 'ours' }))
    await say(commentText('opinion', ABOUT, { name: '3', opinion: 'strongly-disagree' }))
    await say(commentText('opinion', ABOUT, { name: '4', opinion: 'agree' }))
    const items = await listInbox(alice.query)
    expect(items.map(({ kind, isNegative, summary }) => [kind, isNegative, summary])).toEqual([
      ['opinion', true, 'strongly-disagree'],
      ['sighting', true, 'false positive: ours'],
      ['opinion', false, 'agree'],
      ['note', false, 'a note'],
    ])
    expect(items[0]).toMatchObject({
      organisation: { name: 'bob' },
      about: { record, stixId: ABOUT, summary: 'x' },
    })
  })

  test.for<[string, () => Promise<unknown>]>([
    ['who merely saw the same', () => say(commentText('sighting', ABOUT))],
    ['what is about another’s record', () => say(commentText('note', stixIdOf('indicator', 'y')))],
    ['what the own organisation said', () => publishTexts(alice, [commentText('note', ABOUT)])],
  ])('leaves out %s', async ([, act]) => {
    await act()
    expect(await listInbox(alice.query)).toEqual([])
  })

  it('leaves out what another node of the own organisation said', async () => {
    await using second = await createSecondNode(aco, alice, 'alice 2')
    await alice.hear()
    await publishTexts(second, [commentText('note', ABOUT)])
    await tell(second, alice)
    expect(alice.store.counts.records).toBe(2)
    expect(await listInbox(alice.query)).toEqual([])
  })

  it('forgets what is about a record that was taken back', async () => {
    await say(commentText('sighting', ABOUT, NEGATIVE))
    await alice.publisher.retract({ ids: [record], reason: 'false-positive' })
    expect(await listInbox(alice.query)).toEqual([])
  })

  it('forgets what was said before the record was changed, and lists what is said after', async () => {
    await say(commentText('opinion', ABOUT, { name: 'before' }))
    const modified = new Date(aco.now + 1000).toISOString()
    await publishTexts(alice, [indicatorText('x', { modified })])
    expect(await listInbox(alice.query)).toEqual([])
    aco.now += 2000
    await say(commentText('opinion', ABOUT, { name: 'after' }))
    expect(await listInbox(alice.query)).toHaveLength(1)
  })

  it('forgets what its author takes back, and lists of its versions the one that stands', async () => {
    const [note] = await say(commentText('note', ABOUT, { name: '1' }))
    await say(commentText('opinion', ABOUT, { name: '2' }))
    const modified = '2026-02-01T00:00:00.000Z'
    await say(commentText('opinion', ABOUT, { name: '2', opinion: 'neutral', modified }))
    await bob.publisher.retract({ ids: [note as string], reason: 'error' })
    await tell(bob, alice)
    expect((await listInbox(alice.query)).map(({ summary }) => summary)).toEqual(['neutral'])
  })

  it('lists nothing above the clearance of whoever asks', async () => {
    await say(commentText('note', ABOUT))
    const query: QueryComponents = { ...alice.query, clearance: () => 'clear' }
    expect(await listInbox(query)).toEqual([])
  })
})

describe(settle, () => {
  it('takes an item out for good, and says which', async () => {
    const [note] = await say(commentText('note', ABOUT, { name: '1' }))
    const [opinion] = await say(commentText('opinion', ABOUT, { name: '2' }))
    expect(await settle(alice.query, (note as string).slice(0, 16))).toMatchObject({ record: note })
    expect((await listInbox(alice.query)).map((item) => item.record)).toEqual([opinion])
    await alice.restart()
    expect(await listInbox(alice.query)).toHaveLength(1)
  })

  it('knows only what is in the inbox', async () => {
    const [note] = await say(commentText('note', ABOUT))
    for (const id of ['', record, 'ff'.repeat(32)])
      expect(await codeWhen(settle(alice.query, id))).toBe('RECORD_NOT_FOUND')
    await settle(alice.query, note as string)
    expect(await codeWhen(settle(alice.query, note as string))).toBe('RECORD_NOT_FOUND')
  })

  it('keeps no row for a comment that is gone', async () => {
    const [note] = await say(commentText('note', ABOUT, { name: '1' }))
    await settle(alice.query, note as string)
    await bob.publisher.retract({ ids: [note as string], reason: 'error' })
    const [other] = await say(commentText('note', ABOUT, { name: '2' }))
    await settle(alice.query, other as string)
    const keys: string[] = []
    for await (const [key] of alice.store.ledgerRows('inbox/')) keys.push(key)
    expect(keys).toEqual([`inbox/${other}`])
  })
})

/** Bob says it, and Alice hears it. */
async function say(text: string): Promise<readonly string[]> {
  const said = await publishTexts(bob, [text])
  await tell(bob, alice)
  return said
}
