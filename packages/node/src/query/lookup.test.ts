import type { TlpLabel } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import type { LookupAnswer } from '../api.ts'
import { createSecondNode, createTestNode, type TestNode } from '../testing/test-node.ts'
import { commentText, NEGATIVE, publishTexts, tell } from '../testing/test-comments.ts'
import { indicatorText, stixIdOf } from '../testing/test-objects.ts'
import { lookupValues } from './lookup.ts'
import type { QueryComponents } from './may-show.ts'

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

const PATTERNS = {
  address: "[ipv4-addr:value = '198.51.100.7']",
  network: "[ipv4-addr:value = '198.51.100.0/24']",
  domain: "[domain-name:value = 'bad.example']",
  url: "[url:value = 'http://evil.example/a/b']",
  host: "[domain-name:value = 'evil.example']",
} as const

describe(lookupValues, () => {
  test.each([
    ['198.51.100.7', ['address exact', 'network cidr']],
    ['198.51.100.8', ['network cidr']],
    ['203.0.113.1', []],
    ['bad.example', ['domain exact']],
    ['BAD[.]example', ['domain exact']],
    ['www.bad.example', ['domain parent-domain']],
    ['notbad.example', []],
    ['http://evil.example/a/b', ['host url-host', 'url exact']],
    ['http://evil.example/other', ['host url-host']],
    ['198.51.100.0/25', ['address below', 'network cidr']],
    ['198.51.0.0/16', ['address below', 'network below']],
    ['*.evil.example', ['url below']],
    ['*.example', ['domain below', 'host below', 'url below']],
    ['*.bad.example', []],
    ['', []],
  ] as const)('%j', async (value, expected) => {
    for (const [name, pattern] of Object.entries(PATTERNS))
      await publish(alice, indicatorText(name, { pattern }))
    const [answer] = await lookupValues(alice.query, [value])
    const found = answer?.hits.map(({ summary, matched }) => `${summary} ${matched.relation}`)
    expect(found?.toSorted()).toEqual(expected)
    expect(answer?.total).toBe(expected.length)
  })

  it('answers every query in its order, and says what it took each for', async () => {
    await publish(alice, indicatorText('address'))
    const answers = await lookupValues(alice.query, ['bad.example', '198.51.100.7', '198.51.100.7'])
    expect(answers.map(({ hits }) => hits.length)).toEqual([0, 1, 1])
    expect(answers[1]?.understood).toEqual([{ type: 'ipv4', value: '198.51.100.7' }])
  })

  it('counts a record once that names two values below one', async () => {
    await publish(alice, indicatorText('both', { pattern: `${PATTERNS.domain} OR ${PATTERNS.host}` }))
    expect(await one('*.example')).toMatchObject({ total: 1, hits: [{ summary: 'both' }] })
    expect((await one('*.example')).understood).toEqual([{ type: 'domain', value: 'example' }])
  })

  it('counts a record once that matches in two ways', async () => {
    const pattern = `${PATTERNS.host} OR ${PATTERNS.url}`
    await publish(alice, indicatorText('both', { pattern }))
    expect(await one('http://evil.example/a/b')).toMatchObject({
      total: 1,
      hits: [{ matched: { relation: 'exact' } }],
    })
  })

  it('shows the newest version of each author, and leaves what others say of it alone', async () => {
    await publish(alice, indicatorText('x', { confidence: 10 }))
    await publish(alice, indicatorText('x', { confidence: 20, modified: '2026-02-01T00:00:00.000Z' }))
    await publish(bob, indicatorText('x', { confidence: 30 }))
    await tell(bob, alice)
    const { hits, total } = await one('198.51.100.7')
    expect(new Set(hits.map(({ confidence }) => confidence))).toEqual(new Set([20, 30]))
    expect(total).toBe(2)
  })

  it('shows no object that its author moved away from the value in a later version', async () => {
    await publish(alice, indicatorText('x'))
    await publish(
      alice,
      indicatorText('x', { pattern: PATTERNS.domain, modified: '2026-02-01T00:00:00.000Z' }),
    )
    expect(await one('198.51.100.7')).toMatchObject({ hits: [], total: 0 })
    expect(await one('bad.example')).toMatchObject({ total: 1 })
  })

  it('shows nothing that was taken back', async () => {
    const record = await publish(alice, indicatorText('x'))
    await alice.publisher.retract({ ids: [record], reason: 'false-positive' })
    expect(await one('198.51.100.7')).toMatchObject({ hits: [], total: 0 })
  })

  test.each([
    ['valid without an end', {}, true],
    ['valid until later', { valid_until: '2027-01-01T00:00:00Z' }, true],
    ['past its end', { valid_until: '2026-02-01T00:00:00Z' }, false],
    ['revoked by its author', { revoked: true }, false],
  ] as const)('shows what is %s, and whether it is valid', async (_, over, isValid) => {
    await publish(alice, indicatorText('x', over))
    expect(await one('198.51.100.7')).toMatchObject({ total: 1, hits: [{ isValid }] })
  })

  it('shows the newest version that whoever asks may see', async () => {
    const modified = '2026-02-01T00:00:00.000Z'
    await publish(alice, indicatorText('x', { confidence: 10, labels: ['tlp:clear'] }))
    // Another node of alice's organisation does not know of the version before, and takes none back.
    await using second = await createSecondNode(aco, alice, 'alice 2')
    await alice.hear()
    await publish(second, indicatorText('x', { confidence: 20, modified }))
    await tell(second, alice)
    const query: QueryComponents = { ...alice.query, clearance: () => 'clear' }
    expect(await one('198.51.100.7', query)).toMatchObject({ total: 1, hits: [{ confidence: 10 }] })
    expect(await one('198.51.100.7')).toMatchObject({ total: 1, hits: [{ confidence: 20 }] })
  })

  it('flags what the gate would hold back, by the value that matched', async () => {
    await publish(alice, indicatorText('network', { pattern: PATTERNS.network }))
    const finding = { code: 'GATE_RESERVED', list: 'doc', listName: 'Documentation', path: '' } as const
    const gate = {
      checkValue: ({ value }: { value: string }) =>
        value === '198.51.100.0/24' ? [{ ...finding, value }] : [],
    }
    const { hits } = await one('198.51.100.7', { ...alice.query, gate })
    expect(hits[0]?.flags).toEqual([{ ...finding, value: '198.51.100.0/24' }])
  })

  it('counts members and not their words, and of opinions the newest', async () => {
    const about = stixIdOf('indicator', 'x')
    await publish(alice, indicatorText('x'))
    for (const name of ['1', '2']) await publish(bob, commentText('sighting', about, { ...NEGATIVE, name }))
    await publish(bob, commentText('opinion', about, { name: '3', opinion: 'strongly-agree' }))
    await publish(bob, commentText('opinion', about, { name: '4', opinion: 'disagree' }))
    await publish(alice, commentText('sighting', about, { name: '5', count: 7 }))
    await publish(alice, commentText('opinion', about, { name: '6', opinion: 'agree' }))
    await publish(alice, commentText('note', about, { name: '7' }))
    await tell(bob, alice)
    const { hits } = await one('198.51.100.7')
    expect(hits[0]?.feedback).toEqual({ sightings: 1, negative: 1, agree: 1, disagree: 1, notes: 1 })
  })

  it('counts of a comment the version that stands, and none that was taken back', async () => {
    const about = stixIdOf('indicator', 'x')
    await publish(alice, indicatorText('x'))
    const sighting = commentText('sighting', about, { ...NEGATIVE, name: '1' })
    await publish(bob, sighting)
    await publish(bob, commentText('sighting', about, { name: '1', modified: '2026-02-01T00:00:00.000Z' }))
    const note = await publish(bob, commentText('note', about, { name: '2' }))
    await bob.publisher.retract({ ids: [note], reason: 'error' })
    await tell(bob, alice)
    const { hits } = await one('198.51.100.7')
    expect(hits[0]?.feedback).toMatchObject({ sightings: 1, negative: 0, notes: 0 })
  })

  it('reads a comment on many objects once in a request', async () => {
    const names = ['x', 'y', 'z']
    for (const [i, name] of names.entries())
      await publish(alice, indicatorText(name, { pattern: `[ipv4-addr:value = '203.0.113.${i}']` }))
    const refs = names.map((name) => stixIdOf('indicator', name))
    const note = await publish(alice, commentText('note', 'all', { object_refs: refs }))
    let reads = 0
    const store = {
      ...alice.store,
      records: (ids: readonly string[]) => {
        reads += Number(ids.includes(note))
        return alice.store.records(ids)
      },
    }
    const answers = await lookupValues({ ...alice.query, store }, [
      '203.0.113.0',
      '203.0.113.1',
      '203.0.113.2',
    ])
    expect(answers.map(({ hits }) => hits[0]?.feedback.notes)).toEqual([1, 1, 1])
    expect(reads).toBe(1)
  })

  it('counts no comment that whoever asks may not see', async () => {
    const about = stixIdOf('indicator', 'x')
    await publish(alice, indicatorText('x', { labels: ['tlp:clear'] }))
    await publish(alice, commentText('note', about))
    const query: QueryComponents = { ...alice.query, clearance: () => 'clear' }
    expect((await one('198.51.100.7', query)).hits[0]?.feedback.notes).toBe(0)
    expect((await one('198.51.100.7')).hits[0]?.feedback.notes).toBe(1)
  })

  it('shows nothing above the clearance of whoever asks, nor what has expired', async () => {
    await publish(alice, indicatorText('green'))
    await publish(alice, indicatorText('clear', { labels: ['tlp:clear'] }))
    const cleared = (label: TlpLabel): QueryComponents => ({ ...alice.query, clearance: () => label })
    expect(await one('198.51.100.7', cleared('green'))).toMatchObject({ total: 2 })
    const seen = await one('198.51.100.7', cleared('clear'))
    expect(seen).toMatchObject({ total: 1, hits: [{ tlp: 'clear' }] })
    const later = { ...alice.query, release: () => ({ hour: 10_000_000, isFresh: true }) }
    expect(await one('198.51.100.7', later)).toMatchObject({ total: 0, hits: [] })
  })
})

async function publish(node: TestNode, text: string): Promise<string> {
  return (await publishTexts(node, [text]))[0] as string
}

async function one(value: string, components = alice.query): Promise<LookupAnswer> {
  return (await lookupValues(components, [value]))[0] as LookupAnswer
}
