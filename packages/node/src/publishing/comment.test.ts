import { isNegativeSighting, type StixObject, validateObject } from '@intelmesh/stix'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { CommentRequest, PublishResult } from '../publish-api.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf, stixIdOf } from '../testing/test-objects.ts'
import { comment } from './comment.ts'
import { commentLabels } from './comment-label.ts'
import { heldOf, objectOf } from './own-versions.ts'

const VALUE = '198.51.100.7'
const SIGHT: CommentRequest = { kind: 'sighting', target: VALUE }

let aco: TestAco
let alice: TestNode
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(comment, () => {
  test.for<[string, Omit<CommentRequest, 'target'>, object]>([
    [
      'sighting',
      { kind: 'sighting', count: 3, text: 'on the mail gateway' },
      { count: 3, description: 'on the mail gateway' },
    ],
    [
      'opinion',
      { kind: 'opinion', opinion: 'disagree', text: 'a scanner' },
      { opinion: 'disagree', explanation: 'a scanner' },
    ],
    ['note', { kind: 'note', text: 'see the report' }, { content: 'see the report' }],
  ])('makes a valid %s of another organisation’s record', async ([type, request, expected]) => {
    const record = await bobPublishes('a')
    const [said] = await objectsOf(await alice.publisher.comment({ ...request, target: record }))
    expect(said).toMatchObject({ type, ...expected })
    expect(said && validateObject(said)).toEqual([])
    const about = [said?.['sighting_of_ref'] ?? said?.['object_refs']].flat()
    expect(about).toEqual([stixIdOf('indicator', 'a')])
    expect(await bob.store.record(record)).toBeDefined()
  })

  it('marks what was seen and does no harm', async () => {
    await bobPublishes('a')
    const negative = await objectsOf(await alice.publisher.comment({ ...SIGHT, isNegative: true }))
    const positive = await objectsOf(await alice.publisher.comment(SIGHT))
    expect([...negative, ...positive].map(isNegativeSighting)).toEqual([true, false])
  })

  it('is about every object that names a value, with a comment of its own and its label', async () => {
    await bobPublishes('a')
    await bobPublishes('b', 'clear')
    await alice.publisher.publish(requestOf([indicatorText('c')]))
    const result = await alice.publisher.comment({ ...SIGHT, target: '198[.]51.100.7' })
    const labels = await Promise.all(
      result.published.map(async ({ record, where }) => [where, (await alice.store.record(record))?.tlp]),
    )
    expect(Object.fromEntries(labels)).toEqual({
      [stixIdOf('indicator', 'a')]: 'green',
      [stixIdOf('indicator', 'b')]: 'clear',
      [stixIdOf('indicator', 'c')]: 'green',
    })
  })

  it('is said each time that it is asked for', async () => {
    await bobPublishes('a')
    for (let i = 0; i < 2; i++) expect((await alice.publisher.comment(SIGHT)).published).toHaveLength(1)
  })

  it('is never wider than what it is about', async () => {
    await bobPublishes('a')
    const { published, refused } = await alice.publisher.comment({ ...SIGHT, tlp: 'clear' })
    expect({ published, refused }).toMatchObject({
      published: [],
      refused: [{ code: 'LABEL_WIDER_THAN_TARGET' }],
    })
    await bobPublishes('b', 'clear')
    const narrower = await alice.publisher.comment({
      kind: 'note',
      text: 'x',
      target: stixIdOf('indicator', 'b'),
      tlp: 'green',
    })
    expect((await alice.store.record(narrower.published[0]?.record as string))?.tlp).toBe('green')
  })

  it('follows the label of the record that is named, whoever else has one of that id', async () => {
    const clear = await bobPublishes('a', 'clear')
    await alice.publisher.publish(requestOf([indicatorText('a')]))
    const { published } = await alice.publisher.comment({ ...SIGHT, target: clear })
    expect((await alice.store.record(published[0]?.record as string))?.tlp).toBe('clear')
    const byId = await alice.publisher.comment({ ...SIGHT, target: stixIdOf('indicator', 'a') })
    expect((await alice.store.record(byId.published[0]?.record as string))?.tlp).toBe('green')
  })

  it('passes the gate', async () => {
    await bobPublishes('a')
    alice.gate = {
      checkObject: ({ content }) =>
        content === 'ask joe@example.org'
          ? [{ code: 'GATE_PERSONAL_DATA', list: 'personal-data', listName: 'x', value: 'x', path: '' }]
          : [],
      checkValue: () => [],
    }
    const note = { kind: 'note', target: VALUE, text: 'ask joe@example.org' } as const
    expect(await alice.publisher.comment(note)).toMatchObject({ published: [], held: [{}] })
    const allowed = await alice.publisher.comment({ ...note, allow: ['personal-data'] })
    expect(allowed).toMatchObject({ published: [{}], overridden: [{}] })
  })

  test.for<[string, CommentRequest]>([
    ['RECORD_NOT_FOUND', { ...SIGHT, target: '203.0.113.9' }],
    ['RECORD_NOT_FOUND', { ...SIGHT, target: stixIdOf('indicator', 'none') }],
    ['RECORD_NOT_FOUND', { ...SIGHT, target: 'ff'.repeat(32) }],
    ['ARGUMENT_INVALID', { kind: 'note', target: VALUE }],
    ['ARGUMENT_INVALID', { kind: 'opinion', target: VALUE }],
  ])('throws %s for %o', async ([code, request]) => {
    await bobPublishes('a')
    expect(await codeWhen(alice.publisher.comment(request))).toBe(code)
  })

  it('knows nothing of what who asks may not see', async () => {
    const record = await bobPublishes('a')
    for (const target of [VALUE, record, record.slice(0, 8), stixIdOf('indicator', 'a')])
      expect(await codeWhen(alice.publisher.comment({ ...SIGHT, target }, 'clear'))).toBe('RECORD_NOT_FOUND')
  })

  it('is not about more objects than somebody can mean', async () => {
    await alice.publisher.publish(requestOf(Array.from({ length: 51 }, (_, i) => indicatorText(`many ${i}`))))
    expect(await codeWhen(alice.publisher.comment(SIGHT))).toBe('ARGUMENT_INVALID')
  })
})

describe(commentLabels, () => {
  const NOTE = {
    type: 'note',
    spec_version: '2.1',
    id: stixIdOf('note', 'n'),
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    content: 'x',
  }

  it('holds for what is published as it is, too, with what stands in the same request', async () => {
    await bobPublishes('a')
    const about = (...names: string[]): string =>
      JSON.stringify({
        ...NOTE,
        labels: ['tlp:clear'],
        object_refs: names.map((n) => stixIdOf('indicator', n)),
      })
    for (const [texts, codes] of [
      [[about('a')], ['LABEL_WIDER_THAN_TARGET']],
      [[about('b'), indicatorText('b')], ['LABEL_WIDER_THAN_TARGET']],
      [[about('b'), indicatorText('b', { labels: ['tlp:clear'] })], []],
      [[about('nobody has it')], []],
    ] as const) {
      const { refused } = await alice.publisher.publish(requestOf(texts, { dryRun: true }))
      expect(refused.map(({ code }) => code)).toEqual(codes)
    }
  })

  it('goes by the newest version of each organisation', async () => {
    await bobPublishes('a', 'clear')
    const object = { ...NOTE, object_refs: [stixIdOf('indicator', 'a')] }
    expect(await commentLabels(alice, [], 'amber')(object)).toBe('clear')
    await bobPublishes('a', 'green')
    expect(await commentLabels(alice, [], 'amber')(object)).toBe('green')
    expect(await commentLabels(alice, [], 'clear')(object)).toBe('clear')
  })
})

/** Bob publishes, and alice hears of it. */
async function bobPublishes(name: string, tlp: 'clear' | 'green' = 'green'): Promise<string> {
  const { published } = await bob.publisher.publish(requestOf([indicatorText(name)], { tlp }))
  await alice.hear()
  for (const { batch } of bob.announced.splice(0)) {
    const admitted = await alice.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
    await admitted.stored
  }
  return published[0]?.record as string
}

async function objectsOf({ published }: PublishResult): Promise<readonly StixObject[]> {
  const records = await Promise.all(published.map(({ record }) => alice.store.record(record)))
  return records.flatMap((record) => (record === undefined ? [] : objectOf(heldOf(nativeCrypto, record))))
}
