import { fromHex, joinIds, MAX_DIFFERENCE, type TreeNode } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { type ItemStream, streamIds, streamOnly, streamPaths, type StreamSource } from './item-stream.ts'

let aco: TestAco
let alice: TestNode
let ids: readonly Uint8Array[]
let source: StreamSource

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  await alice.hear()
  const { published } = await alice.publisher.publish(
    requestOf(['one', 'two', 'three'].map((name) => indicatorText(name))),
  )
  ids = published.map(({ record }) => fromHex(record))
  source = { store: alice.store, crypto: nativeCrypto, set: 'green' }
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(streamIds, () => {
  it('sends a batch whole where half of it is meant', async () => {
    expect(await formsOf(streamIds(source, [joinIds(ids.slice(0, 2))]))).toEqual([[['batch'], 3]])
    expect(await formsOf(streamIds(source, [joinIds(ids.slice(0, 1))]))).toEqual([[['record'], 1]])
  })

  it('sends what is named over and over once', async () => {
    const [one] = ids as [Uint8Array]
    expect(await formsOf(streamIds(source, [joinIds([one, one]), one]))).toEqual([[['record'], 1]])
  })
})

describe(streamPaths, () => {
  it('sends what lies in several batches and alone once', async () => {
    await alice.publisher.publish(requestOf(['four', 'five', 'six'].map((name) => indicatorText(name))))
    const [first] = await alice.store.queryRecords({ afterSequence: 0, limit: 1, plainOnly: true })
    await alice.store.commit({ removed: [first?.id as string] }, { sync: false })
    const portions = await formsOf(streamPaths(source, alice.store.treeOf('green'), ['']))
    expect(portions.map(([forms, count]) => [forms.toSorted(), count])).toEqual([
      [['batch', 'record', 'record'], 5],
    ])
  })

  it('sends no more than a session finds', async () => {
    const read = (): TreeNode => ({ kind: 'leaf', ids: new Uint8Array(32 * (MAX_DIFFERENCE + 9)) })
    const row = { kind: 'contact', bytes: new Uint8Array(1) }
    const store = { controlById: async () => row } as unknown as StreamSource['store']
    let sent = 0
    for await (const { items } of streamPaths({ ...source, store, set: 'register' }, read, ['']))
      sent += items.length
    expect(sent).toBe(MAX_DIFFERENCE)
  })
})

describe(streamOnly, () => {
  it('sends nothing besides what is meant', async () => {
    expect(await formsOf(streamOnly(source, [joinIds(ids.slice(0, 2))]))).toEqual([[['record', 'record'], 2]])
    expect(await formsOf(streamOnly(source, [joinIds(ids)]))).toEqual([[['batch'], 3]])
  })

  it('sends nothing for ids that are not held, or of another set', async () => {
    expect(await formsOf(streamOnly(source, [joinIds([new Uint8Array(32)])]))).toEqual([])
    expect(await formsOf(streamOnly({ ...source, set: 'clear' }, [joinIds(ids)]))).toEqual([])
  })
})

async function formsOf(stream: ItemStream): Promise<readonly (readonly [readonly string[], number])[]> {
  const portions: (readonly [readonly string[], number])[] = []
  for await (const { items, count } of stream) portions.push([items.map(({ form }) => form), count])
  return portions
}
