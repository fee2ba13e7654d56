import { fromHex, joinIds } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { type ItemStream, streamIds, streamOnly, type StreamSource } from './item-stream.ts'

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
