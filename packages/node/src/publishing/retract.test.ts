import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type RetractionReason, toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, test } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { RetractRequest } from '../publish-api.ts'
import { restoreStore } from '../store/index.ts'
import { createSecondNode, createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf, stixIdOf, valuesOf } from '../testing/test-objects.ts'
import { findTargets } from './retract-targets.ts'
import { retractRecords } from './retract.ts'

const DATES = ['2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'] as const
const HOUR_MS = 3_600_000
const ERROR = { reason: 'error' } as const

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

describe(retractRecords, () => {
  it('takes back by record id, the beginning of one, and STIX id', async () => {
    const [a, b, c] = await recordsOf('a', 'b', 'c')
    await alice.publisher.publish(requestOf([indicatorText('c', { modified: DATES[1] })]))
    const ids = [a, b.slice(0, 8), stixIdOf('indicator', 'c')]
    const { retracted, refused } = await alice.publisher.retract({ ids, ...ERROR })
    expect(refused).toEqual([])
    expect(retracted.map(({ record }) => record)).toEqual(expect.arrayContaining([a, b, c]))
    expect(retracted).toHaveLength(4)
    expect(await standing()).toEqual([])
  })

  it('signs one batch for many, urgent, with a tombstone for each', async () => {
    const ids = await recordsOf('a', 'b', 'c')
    alice.announced.length = 0
    const { retracted } = await alice.publisher.retract({ ids, ...ERROR })
    expect(alice.announced).toMatchObject([{ compartment: 'green', urgent: true }])
    expect(new Set(retracted.map(({ tombstone }) => tombstone)).size).toBe(3)
  })

  it('takes the earlier versions along, which would be the newest again, and leaves the later ones', async () => {
    const [first, second, third] = await versionsOf('a')
    await alice.publisher.retract({ ids: [second], ...ERROR })
    expect(await standing()).toEqual([third])
    await alice.publisher.retract({ ids: [third], ...ERROR })
    expect(await standing()).toEqual([])
    expect(await alice.store.hasRecords([first])).toEqual([false])
  })

  it('takes back what is about a value alone, in any spelling of it', async () => {
    const pattern = "[ipv4-addr:value = '198.51.100.7'] AND [domain-name:value = 'example.org']"
    const [alone, , other] = await recordsOf('alone', 'both', 'other')
    await alice.publisher.publish(
      requestOf([
        indicatorText('both', { pattern, modified: DATES[1] }),
        indicatorText('other', { pattern: "[ipv4-addr:value = '198.51.100.8']", modified: DATES[1] }),
      ]),
    )
    const [both] = await alice.store.versions(stixIdOf('indicator', 'both'))
    const { retracted } = await alice.publisher.retract({ values: ['198[.]51.100.7'], ...ERROR })
    expect(retracted.map(({ record }) => record)).toEqual(expect.arrayContaining([alone, other]))
    expect(await alice.store.hasRecords([both as string])).toEqual([true])
  })

  it('says of what is not there, and of what who asks may not see, the same', async () => {
    const [a] = await recordsOf('a')
    const [tombstone] = (await alice.publisher.retract({ ids: [a], ...ERROR })).retracted
    const [b] = await recordsOf('b')
    const unknown = 'ff'.repeat(32)
    const told = { ids: [unknown, a, tombstone?.tombstone as string], values: ['203.0.113.9'], ...ERROR }
    const { refused } = await alice.publisher.retract(told)
    expect(new Set(refused.map(({ id, code, reason }) => `${code} ${reason.replace(id, '')}`)).size).toBe(1)
    const hidden = { ids: [b, stixIdOf('indicator', 'b'), b.slice(0, 8)], values: ['198.51.100.7'], ...ERROR }
    const toClear = await alice.publisher.retract(hidden, 'clear')
    expect(toClear.refused.map(({ code }) => code)).toEqual(Array(4).fill('RECORD_NOT_FOUND'))
    expect(toClear.refused.map(({ id, reason }) => reason.replace(id, ''))).toEqual(
      Array(4).fill(refused[0]?.reason.replace(unknown, '')),
    )
    expect(await alice.store.hasRecords([b])).toEqual([true])
  })

  it('takes back what expires in the hour that is running', async () => {
    const expires = new Date(aco.now + HOUR_MS).toISOString()
    const { published } = await alice.publisher.publish(requestOf([indicatorText('a')], { expires }))
    alice.skewMs = 3 * HOUR_MS
    const { retracted } = await alice.publisher.retract({ ids: [published[0]?.record as string], ...ERROR })
    expect(retracted).toHaveLength(1)
    expect(await standing()).toEqual([])
  })

  it('tries without doing anything', async () => {
    const ids = await recordsOf('a', 'b')
    expect(await alice.publisher.retract({ ids, dryRun: true, ...ERROR })).toEqual({
      retracted: [],
      refused: [],
      left: 2,
    })
    expect(await standing()).toHaveLength(2)
  })

  test.for([{}, { ids: [], values: [] }, { ids: ['x'], feed: { name: 'hourly' } }])(
    'needs either names or a feed: %o',
    async (named) => {
      expect(await codeWhen(alice.publisher.retract({ ...named, ...ERROR }))).toBe('ARGUMENT_INVALID')
    },
  )
})

describe(findTargets, () => {
  const limited = (request: RetractRequest, limit: number) => {
    const { store } = alice
    const organisation = (): string => toHex(alice.own().certificate.claims.mesh.organisation)
    return findTargets({ store, crypto: nativeCrypto, organisation }, request, 'green', limit)
  }

  it('leaves what is beyond a call to the next one', async () => {
    const ids = await recordsOf('a', 'b', 'c')
    const { records, left } = await limited({ ids, ...ERROR }, 2)
    expect([records.length, left]).toEqual([2, 1])
  })

  it('ends an object of a feed only once all its versions are gone', async () => {
    const feed = { name: 'hourly', round: '1' }
    await alice.publisher.publish(requestOf([indicatorText('a')], { feed }))
    await alice.publisher.publish(requestOf([indicatorText('a', { modified: DATES[1] })], { feed }))
    const [first, both] = [await limited({ feed, ...ERROR }, 1), await limited({ feed, ...ERROR }, 2)]
    expect(first).toMatchObject({ records: [{}], left: 1, feed: { of: 1, over: [], isOver: false } })
    expect(both).toMatchObject({
      records: [{}, {}],
      left: 0,
      feed: { of: 1, over: [stixIdOf('indicator', 'a')], isOver: true },
    })
  })
})

describe('what was taken back', () => {
  const LIST = valuesOf(['198.51.100.1', '198.51.100.2'], { feed: { name: 'hourly', round: '2' } })

  async function afterRetracting(reason: RetractionReason) {
    await alice.publisher.publish({ ...LIST, feed: { name: 'hourly', round: '1' } })
    await alice.publisher.retract({ values: ['198.51.100.1'], reason })
  }

  test.for(['false-positive', 'error', 'leak'] as const)(
    'as %s does not come again by itself',
    async (reason) => {
      await afterRetracting(reason)
      await alice.restart()
      for (const request of [LIST, { ...LIST, dryRun: true }]) {
        const { published, refused, unchanged } = await alice.publisher.publish(request)
        expect({ published, unchanged }).toMatchObject({ published: [], unchanged: [{ where: 'line 2' }] })
        expect(refused).toMatchObject([{ where: 'line 1', code: 'OBJECT_TAKEN_BACK' }])
      }
      expect(await alice.publisher.feeds()).toMatchObject([{ name: 'hourly', objects: 1 }])
    },
  )

  it('as superseded comes again', async () => {
    await afterRetracting('superseded')
    expect((await alice.publisher.publish(LIST)).published).toMatchObject([{ as: 'new', where: 'line 1' }])
  })

  test.for([['198.51.100[.]1'], ['taken-back']])('comes again for an override: %s', async (allow) => {
    await afterRetracting('false-positive')
    const { published, notices } = await alice.publisher.publish({ ...LIST, allow })
    expect(published).toMatchObject([{ where: 'line 1' }])
    expect(notices).toMatchObject([{ where: 'line 1', code: 'OBJECT_TAKEN_BACK' }])
    expect((await alice.publisher.publish(LIST)).unchanged).toHaveLength(2)
  })

  test.for(['tombstone last', 'tombstone first'])(
    'by another node of the organisation does not come again: %s',
    async (order) => {
      await using second = await createSecondNode(aco, alice, 'alice again')
      await second.hear()
      await afterRetracting('leak')
      const batches = alice.announced.map(({ batch }) => batch)
      for (const batch of order === 'tombstone last' ? batches : batches.toReversed())
        await (
          await second.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
        ).stored
      const { published, refused } = await second.publisher.publish(LIST)
      expect({ published, refused }).toMatchObject({
        published: [],
        refused: [{ code: 'OBJECT_TAKEN_BACK' }],
      })
    },
  )

  it('by itself, before it was restored from an older day, does not come again', async () => {
    await alice.publisher.publish({ ...LIST, feed: { name: 'hourly', round: '1' } })
    const path = join(await mkdtemp(join(tmpdir(), 'retract-')), 'store')
    // After the node was stopped, which still erases.
    onTestFinished(() => rm(dirname(path), { recursive: true }))
    await restoreStore({ path, id: '00'.repeat(16) }, alice.store.dump(new AbortController().signal))
    await alice.publisher.retract({ values: ['198.51.100.1'], reason: 'leak' })
    await alice.restart(path)
    for (const { batch } of alice.announced.slice(-1))
      await (
        await alice.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      ).stored
    const { published, refused } = await alice.publisher.publish(LIST)
    expect({ published, refused }).toMatchObject({ published: [], refused: [{ code: 'OBJECT_TAKEN_BACK' }] })
  })

  it('does not come again under another feed either, unless it is let through', async () => {
    await alice.publisher.publish({ ...LIST, feed: { name: 'first', round: '1' } })
    await alice.publisher.retract({ values: ['198.51.100.1'], reason: 'false-positive' })
    const second = { ...LIST, feed: { name: 'second', round: '1' } }
    expect(await alice.publisher.publish(second)).toMatchObject({ refused: [{ code: 'OBJECT_TAKEN_BACK' }] })
    const { refused } = await alice.publisher.publish({ ...second, allow: ['198.51.100.1'] })
    expect(refused).toEqual([])
  })

  it('says nothing of it to who may not see what it was', async () => {
    await afterRetracting('leak')
    const { published } = await alice.publisher.publish({ ...LIST, tlp: 'clear' }, 'clear')
    expect(published.map(({ where, as }) => `${where} ${as}`)).toEqual(['line 1 new', 'line 2 new'])
  })
})

/** Publishes an indicator of each name, and gives the record ids. */
async function recordsOf<Names extends string[]>(
  ...names: Names
): Promise<{ readonly [Place in keyof Names]: string }> {
  const { published } = await alice.publisher.publish(requestOf(names.map((name) => indicatorText(name))))
  return published.map(({ record }) => record) as { [Place in keyof Names]: string }
}

async function versionsOf(name: string): Promise<readonly [string, string, string]> {
  const texts = DATES.map((modified) => indicatorText(name, { modified }))
  const { published } = await alice.publisher.publish(requestOf(texts))
  return published.map(({ record }) => record) as unknown as readonly [string, string, string]
}

/** Records that are no tombstones. */
async function standing(): Promise<readonly string[]> {
  const rows = await alice.store.queryRecords({ afterSequence: 0, limit: 100, plainOnly: true })
  return rows.map(({ id }) => id)
}
