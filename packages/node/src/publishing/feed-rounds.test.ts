import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { hourOf } from '../admission/index.ts'
import type { PublishRequest, PublishResult, RetractResult } from '../publish-api.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { valuesOf, valueText } from '../testing/test-objects.ts'
import { assertFeedName, assertRound } from './feed-rounds.ts'

const HOUR_MS = 3_600_000
const INVALID: unknown = expect.objectContaining({ code: 'ARGUMENT_INVALID' })
const IPS = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'] as const

let aco: TestAco
let alice: TestNode

describe('a feed', () => {
  beforeEach(async () => {
    aco = await createTestAco()
    alice = await createTestNode(aco, 'alice')
  })

  afterEach(async () => {
    await alice[Symbol.asyncDispose]()
    await aco[Symbol.asyncDispose]()
  })

  it('takes back what left the list, and nothing else', async () => {
    await run('1', IPS.slice(0, 3))
    await alice.publisher.publish(valuesOf(['203.0.113.9']))
    await run('2', IPS.slice(1))
    expect(await gone('2', { dryRun: true })).toMatchObject({ retracted: [], left: 1, of: 3 })
    expect(await gone('2')).toMatchObject({ retracted: [{}], left: 0, of: 3 })
    expect(await named()).toEqual([...IPS.slice(1, 3), '203.0.113.9', IPS[3]])
    expect(await gone('2')).toMatchObject({ retracted: [], left: 0, of: 2 })
    expect(await alice.publisher.feeds()).toMatchObject([{ name: 'hourly', objects: 3 }])
  })

  it('makes no record of what repeats itself, over many rounds', async () => {
    for (let round = 0; round < 5; round++) {
      await run(String(round), [...IPS.slice(0, 3), `203.0.113.${round}`])
      await gone(String(round))
    }
    // Three that stayed, five that came, and four tombstones that took four of those away.
    expect(alice.store.counts).toMatchObject({ sequence: 12 })
    expect(await named()).toEqual([...IPS.slice(0, 3), '203.0.113.4'])
  })

  it('keeps what a run names but the gate or a fault holds back', async () => {
    await run('1', IPS)
    alice.gate = {
      checkObject: ({ name }) =>
        name === IPS[0] ? [{ code: 'GATE_RESERVED', list: 'x', listName: 'X', value: IPS[0], path: '' }] : [],
      checkValue: () => [],
    }
    const faulty = { text: valueText(IPS[1], { confidence: 101 }), where: 'line 2', isValue: true }
    const { objects } = valuesOf(IPS)
    const { held, refused } = await alice.publisher.publish({
      objects: [objects[0] as typeof faulty, faulty],
      tlp: 'green',
      feed: { name: 'hourly', round: '2' },
    })
    expect([held.length, refused.length]).toEqual([1, 1])
    await gone('2')
    expect(await named()).toEqual(IPS.slice(0, 2))
  })

  it('gives no place to what was never published', async () => {
    alice.gate = {
      checkObject: () => [{ code: 'GATE_RESERVED', list: 'x', listName: 'X', value: '', path: '' }],
      checkValue: () => [],
    }
    await run('1', IPS)
    expect(await alice.publisher.feeds()).toMatchObject([{ objects: 0 }])
  })

  it('notes nothing in a dry run', async () => {
    await run('1', IPS, { dryRun: true })
    expect(await alice.publisher.feeds()).toEqual([])
  })

  it('takes a value told twice with other words for one object, in later requests too', async () => {
    await run('1', IPS.slice(0, 1))
    const objects = [{ text: valueText(IPS[0], { description: 'x' }), where: 'line 9', isValue: true }]
    const twice = await alice.publisher.publish({
      objects,
      tlp: 'green',
      feed: { name: 'hourly', round: '1' },
    })
    expect(twice.unchanged).toHaveLength(1)
    const next = await alice.publisher.publish({
      objects,
      tlp: 'green',
      feed: { name: 'hourly', round: '2' },
    })
    expect(next.published).toMatchObject([{ as: 'version' }])
  })

  it('goes as a whole, and can begin again', async () => {
    await run('1', IPS)
    const { retracted, of } = await alice.publisher.retract({
      feed: { name: 'hourly' },
      reason: 'superseded',
    })
    expect([retracted.length, of]).toEqual([4, 4])
    expect(await named()).toEqual([])
    expect(await alice.publisher.feeds()).toEqual([])
    expect((await run('2', IPS)).published).toHaveLength(4)
  })

  it('forgets what expired by itself', async () => {
    const expires = new Date(aco.now + 2 * HOUR_MS).toISOString()
    await run('1', IPS, { expires })
    alice.skewMs = 4 * HOUR_MS
    await alice.sweeper.sweepTo(hourOf(aco.now + alice.skewMs))
    await run('2', IPS.slice(0, 1))
    expect(await gone('2')).toMatchObject({ retracted: [], left: 0 })
    expect(await alice.publisher.feeds()).toMatchObject([{ objects: 1 }])
  })

  it('has a name and rounds that fit', async () => {
    for (const feed of [
      { name: 'A', round: '1' },
      { name: 'a', round: '' },
    ])
      expect(await codeWhen(alice.publisher.publish(valuesOf(IPS, { feed })))).toBe('ARGUMENT_INVALID')
    const retracting = alice.publisher.retract({ feed: { name: 'A' }, reason: 'error' })
    expect(await codeWhen(retracting)).toBe('ARGUMENT_INVALID')
  })

  it('is over for a run once a later one has begun', async () => {
    await run('1', IPS.slice(0, 2))
    await run('2', IPS.slice(2))
    expect(await codeWhen(run('1', IPS.slice(0, 1)))).toBe('FEED_OVERTAKEN')
    expect(await codeWhen(gone('1'))).toBe('FEED_OVERTAKEN')
    expect(await codeWhen(gone('3', { dryRun: true }))).toBe('FEED_OVERTAKEN')
    expect(await named()).toEqual(IPS)
  })

  it('is not there for who may not see what goes into it', async () => {
    await run('1', IPS)
    expect(await alice.publisher.feeds('clear')).toEqual([])
    const [unseen, unknown] = await Promise.all(
      ['hourly', 'unheard-of'].map(async (name) => {
        const result = await alice.publisher.retract({ feed: { name }, reason: 'superseded' }, 'clear')
        return JSON.stringify(result).replaceAll(name, 'NAME')
      }),
    )
    expect(unseen).toBe(unknown)
    expect(unseen).toContain('RECORD_NOT_FOUND')
    expect(await named()).toEqual(IPS)
  })

  it('takes back within the clearance of who asks, and no further', async () => {
    await run('1', IPS.slice(0, 2))
    await run('2', IPS.slice(2), { tlp: 'clear' })
    const { retracted, of } = await alice.publisher.retract(
      { feed: { name: 'hourly' }, reason: 'superseded' },
      'clear',
    )
    expect([retracted.length, of]).toEqual([2, 2])
    expect(await named()).toEqual(IPS.slice(0, 2))
    expect(await alice.publisher.feeds()).toMatchObject([{ objects: 2 }])
  })
})

describe(assertFeedName, () => {
  test.for(['', 'Hourly', '-x', 'a/b', 'a b', 'x'.repeat(65), 'a\n'])('refuses %j', (name) => {
    expect(() => assertFeedName(name)).toThrow(INVALID)
  })

  it('takes what a file can be called', () => {
    expect(() => assertFeedName('0-day.list_1')).not.toThrow()
  })
})

describe(assertRound, () => {
  test.for(['', 'a b', 'x'.repeat(65)])('refuses %j', (round) => {
    expect(() => assertRound(round)).toThrow(INVALID)
  })
})

function run(
  round: string,
  values: readonly string[],
  rest: Partial<PublishRequest> = {},
): Promise<PublishResult> {
  return alice.publisher.publish(valuesOf(values, { feed: { name: 'hourly', round }, ...rest }))
}

function gone(notIn: string, rest: { readonly dryRun?: boolean } = {}): Promise<RetractResult> {
  return alice.publisher.retract({ feed: { name: 'hourly', notIn }, reason: 'superseded', ...rest })
}

/** Values of the records that stand. */
async function named(): Promise<readonly (string | undefined)[]> {
  const rows = await alice.store.queryRecords({ afterSequence: 0, limit: 100, plainOnly: true })
  return rows.map(({ observables }) => observables[0]?.value)
}
