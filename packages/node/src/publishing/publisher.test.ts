import { openBatch, type ParsedHeader, parseLeaf, toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createTestAco, DAY_MS, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { createSecondNode, createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { createPublisher } from './publisher.ts'

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

describe(createPublisher, () => {
  it('stores what it signs, and announces it', async () => {
    const { published, refused, isAnnounced } = await alice.publisher.publish(
      requestOf([indicatorText('a'), 'no JSON', indicatorText('b')]),
    )
    expect({ isAnnounced, refused: refused.map(({ where }) => where) }).toEqual({
      isAnnounced: true,
      refused: ['item 1'],
    })
    expect(published.map(({ where }) => where)).toEqual(['item 0', 'item 2'])
    expect(alice.announced).toMatchObject([{ compartment: 'green', urgent: false }])
    for (const { record, stixId } of published)
      expect(await alice.store.record(record)).toMatchObject({ stixId, tlp: 'green', author: alice.node })
  })

  it('links the headers of a chain, whose readings never decrease', async () => {
    for (const at of [0, 60_000, -3 * 60_000, -3 * 60_000]) {
      alice.skewMs = at
      const round = String(alice.announced.length)
      await alice.publisher.publish(requestOf([indicatorText(`a ${round}`), indicatorText(`b ${round}`)]))
    }
    const headers = headersOf(alice)
    expect(headers.map(({ claims }) => claims.seq)).toEqual([0, 1, 2, 3])
    expect(new Set(headers.map(({ claims }) => toHex(claims.chain))).size).toBe(1)
    const hashes = headers.map(({ bytes }) => toHex(nativeCrypto.sha256(bytes)))
    const previous = headers.map(({ claims }) => claims.previous && toHex(claims.previous))
    expect(previous).toEqual([undefined, ...hashes.slice(0, -1)])
    const readings = headers.flatMap(({ claims }) => [claims.from, claims.to])
    expect(readings.every((reading, i) => i === 0 || reading > (readings[i - 1] as bigint))).toBe(true)
  })

  it('keeps a chain for each compartment, and begins new ones after a restart', async () => {
    for (const tlp of ['green', 'clear', 'green'] as const)
      await alice.publisher.publish(requestOf([indicatorText(`${tlp} ${alice.announced.length}`)], { tlp }))
    await alice.restart()
    await alice.publisher.publish(requestOf([indicatorText('after')]))
    const headers = headersOf(alice).map(({ claims }) => [claims.audience, claims.seq] as const)
    expect(headers).toEqual([
      ['green', 0],
      ['clear', 0],
      ['green', 1],
      ['green', 0],
    ])
    expect(new Set(headersOf(alice).map(({ claims }) => toHex(claims.chain))).size).toBe(3)
  })

  it('goes on with its chain when something is asked of it at once', async () => {
    const names = ['a', 'b', 'c', 'd']
    await Promise.all(
      names.map((channel) => alice.publisher.publish(requestOf([indicatorText(channel)], { channel }))),
    )
    expect(headersOf(alice).map(({ claims }) => claims.seq)).toEqual([0, 1, 2, 3])
  })

  it('makes one batch of small requests that come together, and answers each with its own', async () => {
    const results = await Promise.all([
      alice.publisher.publish(requestOf([indicatorText('a'), 'no JSON'])),
      alice.publisher.publish(requestOf([indicatorText('b')])),
      alice.publisher.publish(requestOf([indicatorText('a'), indicatorText('c')])),
    ])
    expect(headersOf(alice).map(({ claims }) => claims.count)).toEqual([3])
    expect(
      results.map(({ published, refused, unchanged }) =>
        [published, refused, unchanged].map((items) => items.map(({ where }) => where)),
      ),
    ).toEqual([
      [['item 0'], ['item 1'], []],
      [['item 0'], [], []],
      [['item 1'], [], ['item 0']],
    ])
  })

  it('lets no request join one that came before something else', async () => {
    const first = alice.publisher.publish(requestOf([indicatorText('a')]))
    const between = alice.publisher.retract({ ids: [], reason: 'false-positive' })
    const second = alice.publisher.publish(requestOf([indicatorText('b')]))
    await Promise.allSettled([first, between, second])
    expect(headersOf(alice).map(({ claims }) => claims.count)).toEqual([1, 1])
  })

  it('cuts what it is given into batches by size, and puts an object that is larger into its own', async () => {
    const description = 'x'.repeat(60 * 1024)
    const texts = ['a', 'b', 'c'].map((name) => indicatorText(name, { description }))
    texts.push(indicatorText('d', { description: 'x'.repeat(200 * 1024) }), indicatorText('e'))
    const { published } = await alice.publisher.publish(requestOf(texts))
    expect(headersOf(alice).map(({ claims }) => claims.count)).toEqual([2, 1, 1, 1])
    expect(published).toHaveLength(5)
    expect(alice.store.counts.records).toBe(5)
  })

  it('names the version that a later one replaces, and the first of them all', async () => {
    const [first, second, third] = [await version(alice, 1), await version(alice, 2), await version(alice, 3)]
    expect(await linksOf(alice, first)).toEqual({})
    expect(await linksOf(alice, second)).toEqual({ lineage: first, supersedes: [first] })
    expect(await linksOf(alice, third)).toEqual({ lineage: first, supersedes: [second] })
  })

  it('lets another node of the organisation replace and take back, and nobody else', async () => {
    await using second = await createSecondNode(aco, alice, 'alice again')
    await using bob = await createTestNode(aco, 'bob')
    const first = await version(alice, 1)
    for (const node of [second, bob]) {
      await node.hear()
      const batch = alice.announced[0]?.batch as Uint8Array
      const admitted = await node.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      expect(await admitted.stored).toEqual([first])
    }
    expect(await linksOf(bob, await version(bob, 2))).toEqual({})
    const denied = await bob.publisher.retract({ ids: [first, 'ff'.repeat(32)], reason: 'false-positive' })
    expect(denied.refused.map(({ code }) => code)).toEqual(['RECORD_NOT_OWN', 'RECORD_NOT_FOUND'])
    expect(await linksOf(second, await version(second, 2))).toEqual({ lineage: first, supersedes: [first] })
    const taken = await second.publisher.retract({ ids: [first], reason: 'false-positive' })
    expect(taken.retracted).toMatchObject([{ record: first }])
    expect(await second.store.record(first)).toBeUndefined()
  })

  it('takes a record back where it is, urgently, for as long as it would have lived', async () => {
    const record = await version(alice, 1)
    const target = await alice.store.record(record)
    const { retracted } = await alice.publisher.retract({ ids: [record], reason: 'superseded' })
    const tombstone = await alice.store.record(retracted[0]?.tombstone ?? '')
    expect(tombstone).toMatchObject({
      set: 'green/tombstones',
      retracts: [record],
      expires: target?.expires,
    })
    expect(alice.announced.at(-1)).toMatchObject({ compartment: 'green', urgent: true })
    expect(await alice.publisher.retract({ ids: [record], reason: 'superseded' })).toMatchObject({
      refused: [{ code: 'RECORD_NOT_FOUND' }],
    })
  })

  it('says by which channel it is told', async () => {
    const { published } = await alice.publisher.publish(
      requestOf([indicatorText('a')], { channel: 'strategic' }),
    )
    const record = await alice.store.record(published[0]?.record as string)
    expect(parseLeaf(nativeCrypto, record?.leaf as Uint8Array).clear.channel).toBe('strategic')
  })

  it('publishes nothing narrower than its clearance', async () => {
    await using dave = await createTestNode(aco, 'dave', { clearance: 'clear' })
    const { refused, published } = await dave.publisher.publish(
      requestOf([indicatorText('a'), indicatorText('b', { labels: ['tlp:clear'] })]),
    )
    expect(refused).toMatchObject([{ where: 'item 0', code: 'LEAF_ABOVE_CLEARANCE' }])
    expect(published).toMatchObject([{ where: 'item 1' }])
  })

  it('tries without doing anything', async () => {
    const { published } = await alice.publisher.publish(requestOf([indicatorText('a')], { dryRun: true }))
    expect(published).toMatchObject([{ record: '', where: 'item 0' }])
    expect(alice.announced).toEqual([])
    expect(alice.store.counts.records).toBe(0)
  })

  test.each([
    ['CERT_REVOKED', () => aco.authority.act({ action: 'revoke', who: 'alice', reason: 'ceased' })],
    ['CERT_SUSPENDED', () => aco.authority.act({ action: 'suspend', who: 'alice', reason: 'inactive' })],
    ['CERT_EXPIRED', async () => (alice.skewMs = 15 * DAY_MS)],
  ] as const)('refuses with %s, and goes on once it stands well', async (code, happen) => {
    const record = await version(alice, 1)
    await happen()
    await alice.hear()
    expect(await codeWhen(alice.publisher.publish(requestOf([indicatorText('a')])))).toBe(code)
    expect(await codeWhen(alice.publisher.retract({ ids: [record], reason: 'superseded' }))).toBe(code)
    if (code !== 'CERT_SUSPENDED') return
    await aco.authority.act({ action: 'reinstate', who: 'alice', reason: 'inactive' })
    await alice.hear()
    await alice.publisher.publish(requestOf([indicatorText('a')]))
    expect(headersOf(alice).map(({ claims }) => claims.seq)).toEqual([0, 1])
  })
})

function headersOf({ announced }: TestNode): readonly ParsedHeader[] {
  return announced.map(({ batch }) => openBatch(nativeCrypto, batch).header)
}

/** Publishes a version of one object, and gives its record id. */
async function version(node: TestNode, number: number): Promise<string> {
  const modified = `2026-02-0${number}T00:00:00.000Z`
  const { published } = await node.publisher.publish(requestOf([indicatorText('one', { modified })]))
  return published[0]?.record as string
}

/** What the body of a record says of other records. */
async function linksOf({ store }: TestNode, id: string): Promise<object> {
  const record = await store.record(id)
  const { lineage, supersedes } = parseLeaf(nativeCrypto, record?.leaf as Uint8Array).body
  return {
    ...(lineage && { lineage: toHex(lineage) }),
    ...(supersedes && { supersedes: supersedes.map(toHex) }),
  }
}
