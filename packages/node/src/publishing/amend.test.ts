import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { AmendRequest } from '../publish-api.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf, stixIdOf } from '../testing/test-objects.ts'
import { amend } from './amend.ts'
import { heldOf, objectOf } from './own-versions.ts'

const ID = stixIdOf('indicator', 'a')

let aco: TestAco
let alice: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  await alice.publisher.publish(requestOf([indicatorText('a')]))
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(amend, () => {
  it('publishes a version of what is named by record id or STIX id, dated later', async () => {
    const [record] = await alice.store.versions(ID)
    for (const id of [ID, (record as string).slice(0, 12), record as string]) {
      const { published, refused } = await alice.publisher.amend(amending({ id, text: textOf(`for ${id}`) }))
      expect({ published, refused }).toMatchObject({
        published: [{ as: 'version', stixId: ID }],
        refused: [],
      })
    }
    expect(await newest()).toMatchObject({
      id: ID,
      created: '2026-01-01T00:00:00.000Z',
      modified: new Date(aco.now + 2).toISOString(),
      description: `for ${record}`,
    })
  })

  it('fills in what the text leaves out, and keeps a later time that it gives', async () => {
    const modified = '2027-01-01T00:00:00.000Z'
    const text = indicatorText('a', {
      id: undefined,
      type: undefined,
      created: '2026-05-05T00:00:00.000Z',
      modified,
    })
    expect(await alice.publisher.amend(amending({ text }))).toMatchObject({ published: [{}], refused: [] })
    expect(await newest()).toMatchObject({
      id: ID,
      type: 'indicator',
      created: '2026-01-01T00:00:00.000Z',
      modified,
    })
  })

  it('makes nothing of a text that changes nothing', async () => {
    expect(await alice.publisher.amend(amending({ text: indicatorText('a') }))).toMatchObject({
      published: [],
      unchanged: [{ stixId: ID }],
    })
  })

  test.for<[string, Partial<AmendRequest>]>([
    ['JSON_SYNTAX', { text: '{' }],
    ['STIX_NOT_AN_OBJECT', { text: '[]' }],
    ['OBJECT_IS_ANOTHER', { text: indicatorText('b') }],
    ['OBJECT_IS_ANOTHER', { text: textOf('x', { type: 'tool' }) }],
    ['STIX_TIMESTAMP_INVALID', { text: textOf('x', { modified: 'soon' }) }],
    ['STIX_PROPERTY_MISSING', { text: textOf('x', { pattern: undefined }) }],
    ['LABEL_WIDER_THAN_BEFORE', { text: textOf('x', { labels: ['tlp:clear'] }) }],
    ['TLP_ABOVE_CEILING', { text: textOf('x', { labels: ['tlp:amber'] }) }],
  ])('refuses with %s: %o', async ([code, request]) => {
    const { published, refused } = await alice.publisher.amend(amending(request))
    expect({ published, refused }).toMatchObject({ published: [], refused: [{ code, where: 'file' }] })
  })

  it('widens only what is said to be wider, and narrows by taking the wider back', async () => {
    await alice.publisher.amend(amending({ text: textOf('wide'), tlp: 'clear' }))
    expect(await labels()).toEqual(['clear', 'green'])
    await alice.publisher.amend(amending({ text: textOf('narrow'), tlp: 'green' }))
    expect(await labels()).toEqual(['green', 'green'])
    expect(await newest()).toMatchObject({ description: 'narrow' })
  })

  it('changes own records alone, and says nothing of what who asks may not see', async () => {
    await using bob = await createTestNode(aco, 'bob')
    const { published } = await bob.publisher.publish(requestOf([indicatorText('b')]))
    await alice.hear()
    for (const { batch } of bob.announced)
      await (
        await alice.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      ).stored
    const text = indicatorText('b', { description: 'x' })
    for (const id of [stixIdOf('indicator', 'b'), published[0]?.record as string]) {
      expect(await codeWhen(alice.publisher.amend(amending({ id, text })))).toBe('RECORD_NOT_OWN')
      expect(await codeWhen(alice.publisher.amend(amending({ id, text }), 'clear'))).toBe('RECORD_NOT_FOUND')
    }
    expect(await codeWhen(alice.publisher.amend(amending({}), 'clear'))).toBe('RECORD_NOT_FOUND')
    expect(await codeWhen(alice.publisher.amend(amending({ id: 'no id' })))).toBe('RECORD_NOT_FOUND')
  })
})

function amending(rest: Partial<AmendRequest>): AmendRequest {
  return { id: ID, text: textOf('changed'), where: 'file', ...rest }
}

function textOf(description: string, over: Parameters<typeof indicatorText>[1] = {}): string {
  return indicatorText('a', { description, ...over })
}

async function newest(): Promise<unknown> {
  const record = await alice.store.record((await alice.store.versions(ID))[0] as string)
  return record && objectOf(heldOf(nativeCrypto, record))
}

async function labels(): Promise<readonly (string | undefined)[]> {
  const ids = await alice.store.versions(ID)
  return (await Promise.all(ids.map((id) => alice.store.record(id)))).map((record) => record?.tlp)
}
