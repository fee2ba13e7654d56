import type { GateFinding } from '@intelmesh/gate'
import { parseLeaf, type TlpLabel, toHex } from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { PublishResult } from '../publish-api.ts'
import { tell } from '../testing/test-comments.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf, stixIdOf, valuesOf, valueText } from '../testing/test-objects.ts'
import { publishObjects } from './publish-objects.ts'

const HOUR_MS = 3_600_000
const DATES = ['2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'] as const

let aco: TestAco
let alice: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(publishObjects, () => {
  it('makes no record of what is published already', async () => {
    const first = await alice.publisher.publish(requestOf([indicatorText('a'), indicatorText('b')]))
    const second = await alice.publisher.publish(requestOf([indicatorText('b'), indicatorText('c')]))
    expect([waysOf(first), waysOf(second)]).toEqual([
      ['item 0 new', 'item 1 new'],
      ['item 0 unchanged', 'item 1 new'],
    ])
    const [, b] = first.published
    expect(second.unchanged).toEqual([{ record: b?.record, stixId: b?.stixId, where: 'item 0' }])
    expect(alice.store.counts.records).toBe(3)
  })

  it('reads none of what others publish under the same id', async () => {
    const bob = await createTestNode(aco, 'bob')
    await alice.hear()
    await alice.publisher.publish(requestOf([indicatorText('a')]))
    await bob.publisher.publish(requestOf(DATES.slice(1).map((modified) => indicatorText('a', { modified }))))
    await tell(bob, alice)
    await bob[Symbol.asyncDispose]()
    const reads = vi.spyOn(alice.store, 'record')
    const again = await alice.publisher.publish(requestOf([indicatorText('a')]))
    expect(waysOf(again)).toEqual(['item 0 unchanged'])
    expect(reads).toHaveBeenCalledTimes(1)
  })

  it('adds nothing the second time, whatever is told, and names every object once', async () => {
    const told = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...DATES), fc.constantFrom('x', 'y')),
      { maxLength: 8 },
    )
    let number = 0
    await fc.assert(
      fc.asyncProperty(told, async (versions) => {
        number++
        const request = requestOf(
          versions.map(([name, modified, description]) =>
            indicatorText(`${name} ${number}`, { modified, description }),
          ),
        )
        const places = versions.map((_, i) => `item ${i}`)
        expect(waysOf(await alice.publisher.publish(request)).map(placeIn)).toEqual(places)
        const before = alice.store.counts.records
        const again = await alice.publisher.publish(request)
        expect(again.published).toEqual([])
        expect(waysOf(again).map(placeIn)).toEqual(places)
        expect(alice.store.counts.records).toBe(before)
      }),
      { numRuns: 20 },
    )
  })

  test.for([true, false])('follows versions within one request, as a dry run: %s', async (dryRun) => {
    const texts = [DATES[0], DATES[1], DATES[0], DATES[1]].map((modified) => indicatorText('a', { modified }))
    expect(waysOf(await alice.publisher.publish(requestOf(texts, { dryRun })))).toEqual([
      'item 0 new',
      'item 1 version',
      'item 2 unchanged',
      'item 3 unchanged',
    ])
    expect(alice.store.counts.records).toBe(dryRun ? 0 : 2)
  })

  it('renews what has a quarter of its life left, and not before', async () => {
    const ways: string[] = []
    for (const hours of [0, 5, 6, 11]) {
      alice.skewMs = hours * HOUR_MS
      const expires = new Date(aco.now + (hours + 8) * HOUR_MS).toISOString()
      ways.push(...waysOf(await alice.publisher.publish(requestOf([indicatorText('a')], { expires }))))
    }
    expect(ways).toEqual(['item 0 new', 'item 0 unchanged', 'item 0 renewal', 'item 0 unchanged'])
    const [newest, oldest] = await bodies('a')
    expect(newest?.stix).toEqual(oldest?.stix)
    expect(newest?.supersedes).toEqual([(await alice.store.versions(idOf('a')))[1]])
  })

  it('takes the wider versions of what gets narrower back, where they are', async () => {
    await publish('a', 'clear', DATES[0])
    const green = await publish('a', 'green', DATES[0])
    expect(waysOf(green)).toEqual(['item 0 version'])
    expect(await labelsHeld('a')).toEqual(['green'])
    const batches = alice.announced.map(({ compartment, urgent }) => ({ compartment, urgent }))
    expect(batches).toEqual([
      { compartment: 'clear', urgent: false },
      { compartment: 'clear', urgent: true },
      { compartment: 'green', urgent: false },
    ])
    expect(waysOf(await publish('a', 'green', DATES[0]))).toEqual(['item 0 unchanged'])
  })

  it('never names to a wider audience what a narrower one has', async () => {
    await publish('a', 'green', DATES[0])
    expect(waysOf(await publish('a', 'clear', DATES[1]))).toEqual(['item 0 new'])
    expect(await labelsHeld('a')).toEqual(['clear', 'green'])
    const [clear] = await bodies('a')
    expect(clear).toMatchObject({ lineage: undefined, supersedes: undefined })
  })

  it('tells who may see less nothing of what is narrower', async () => {
    await publish('a', 'green', DATES[1])
    const answers = async (name: string): Promise<unknown> => {
      const texts = [
        indicatorText(name, { labels: ['tlp:clear'], modified: DATES[0] }),
        indicatorText(name, { modified: DATES[1] }),
      ]
      const result = await alice.publisher.publish(requestOf(texts, { dryRun: true }), 'clear')
      return JSON.parse(JSON.stringify(result).replaceAll(idOf(name), 'ID'))
    }
    expect(await answers('a')).toEqual(await answers('unheard of'))
    expect(await answers('a')).toMatchObject({
      published: [{ as: 'new' }],
      refused: [{ code: 'LEAF_ABOVE_CLEARANCE' }],
    })
  })
})

describe('plain values', () => {
  it('are one object each, however often and when they are told', async () => {
    const list = valuesOf(['198.51.100.1', '198.51.100.2', '198.51.100.1'])
    expect(waysOf(await alice.publisher.publish(list))).toEqual([
      'line 1 new',
      'line 2 new',
      'line 3 unchanged',
    ])
    alice.skewMs = HOUR_MS
    expect(waysOf(await alice.publisher.publish(list)).every((way) => way.endsWith(' unchanged'))).toBe(true)
    await alice.restart()
    expect((await alice.publisher.publish(list)).unchanged).toHaveLength(3)
    expect(alice.store.counts.records).toBe(2)
  })

  it('become a version when anything but their times changes', async () => {
    await alice.publisher.publish(valuesOf(['198.51.100.1']))
    const text = valueText('198.51.100.1', { description: 'seen again' })
    const objects = [{ text, where: 'line 1', isValue: true }]
    const { published } = await alice.publisher.publish({ objects, tlp: 'green' })
    expect(published).toMatchObject([{ as: 'version' }])
    expect(await alice.store.versions(published[0]?.stixId as string)).toHaveLength(2)
  })

  it('are told apart by feed', async () => {
    await alice.publisher.publish(valuesOf(['198.51.100.1']))
    const inFeed = valuesOf(['198.51.100.1'], { feed: { name: 'hourly', round: '1' } })
    expect(waysOf(await alice.publisher.publish(inFeed))).toEqual(['line 1 new'])
  })

  it('have a pattern', async () => {
    const objects = [{ text: indicatorText('a', { type: 'tool' }), where: 'line 1', isValue: true }]
    const { refused } = await alice.publisher.publish({ objects, tlp: 'green' })
    expect(refused).toMatchObject([{ where: 'line 1', code: 'ARGUMENT_INVALID' }])
  })
})

describe('the gate', () => {
  const FINDING: GateFinding = {
    code: 'GATE_WARNING_LIST',
    list: 'tranco10k',
    listName: 'Top 10K',
    value: '198.51.100.1',
    type: 'ipv4',
    path: 'pattern',
  }
  beforeEach(() => {
    alice.gate = {
      checkObject: ({ name }) => (name === FINDING.value ? [FINDING] : []),
      checkValue: () => [],
    }
  })

  it('holds back what it finds, and nothing else', async () => {
    for (const dryRun of [true, false]) {
      const result = await alice.publisher.publish(valuesOf(['198.51.100.1', '198.51.100.2'], { dryRun }))
      expect(result.held).toMatchObject([{ ...FINDING, where: 'line 1' }])
      expect(waysOf(result)).toEqual(['line 1 held', 'line 2 new'])
    }
    expect(alice.store.counts.records).toBe(1)
  })

  test.for([['198.51.100.1'], ['tranco10k']])(
    'lets through what an override names, and says so: %s',
    async ([named]) => {
      const allow = [named as string]
      const { overridden, published } = await alice.publisher.publish(valuesOf(['198.51.100.1'], { allow }))
      expect(overridden).toMatchObject([{ ...FINDING, where: 'line 1', stixId: published[0]?.stixId }])
    },
  )

  it('heeds the overrides of the configuration', async () => {
    alice.allow = ['tranco10k']
    expect(await alice.publisher.publish(valuesOf(['198.51.100.1']))).toMatchObject({
      held: [],
      overridden: [{ list: 'tranco10k' }],
    })
  })
})

async function publish(name: string, tlp: TlpLabel, modified: string): Promise<PublishResult> {
  return alice.publisher.publish(requestOf([indicatorText(name, { modified })], { tlp }))
}

/** What came of each place, by place. */
function waysOf(result: PublishResult): readonly string[] {
  const ways = [
    ...result.published.map(({ where, as }) => `${where} ${as}`),
    ...result.unchanged.map(({ where }) => `${where} unchanged`),
    ...result.held.map(({ where }) => `${where} held`),
    ...result.refused.map(({ where, code }) => `${where} ${code}`),
  ]
  return ways.toSorted((a, b) => (a < b ? -1 : 1))
}

function placeIn(way: string): string {
  return way.split(' ').slice(0, 2).join(' ')
}

function idOf(name: string): string {
  return stixIdOf('indicator', name)
}

async function labelsHeld(name: string): Promise<readonly TlpLabel[]> {
  const ids = await alice.store.versions(idOf(name))
  const records = await Promise.all(ids.map((id) => alice.store.record(id)))
  return records.flatMap((record) => record?.tlp ?? [])
}

/** The bodies of all versions of an object, newest first, with ids in hexadecimal. */
async function bodies(name: string): Promise<
  readonly {
    readonly stix: Uint8Array | undefined
    readonly lineage: string | undefined
    readonly supersedes: readonly string[] | undefined
  }[]
> {
  const ids = await alice.store.versions(idOf(name))
  const records = await Promise.all(ids.map((id) => alice.store.record(id)))
  return records.flatMap((record) => {
    if (record === undefined) return []
    const { stix, lineage, supersedes } = parseLeaf(nativeCrypto, record.leaf).body
    return [{ stix, lineage: lineage && toHex(lineage), supersedes: supersedes?.map(toHex) }]
  })
}
