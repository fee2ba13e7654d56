import { decodeSyncMessage, encodeSyncMessage, openBatch, type SyncItem, toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { holdHeader } from '../testing/hold-header.ts'
import type { TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { fillGaps } from './fill-gaps.ts'
import type { SyncComponents } from './session.ts'
import { channelPair, session, sideOf } from './testing/test-session.ts'
import { createTestTrio, type TestTrio } from './testing/test-trio.ts'

const FILE = { kind: 'file' } as const

let trio: TestTrio
let aco: TestAco
/** Publishes four batches, and is revoked after the last. */
let carol: TestNode
/** Holds all of them. */
let alice: TestNode
/** Holds none. */
let bob: TestNode
let headers: readonly Uint8Array[]

beforeEach(async () => {
  trio = await createTestTrio()
  ;({ aco, carol, alice, bob } = trio)
  for (const name of ['one', 'two', 'three', 'four'])
    await carol.publisher.publish(requestOf([indicatorText(name)]))
  for (const { batch } of carol.announced)
    await (
      await alice.admission.admitBatch(batch, FILE, { sync: false })
    ).stored
  headers = carol.announced.map(({ batch }) => openBatch(nativeCrypto, batch).header.bytes)
  await holdHeader(aco, carol, 3)
  await aco.authority.act({ action: 'revoke', who: 'carol', reason: 'unspecified' })
  for (const node of [alice, bob]) await node.hear()
})

afterEach(() => trio[Symbol.asyncDispose]())

describe(fillGaps, () => {
  it('links a closed chain to its head with one message, so that what hangs below is taken', async () => {
    const { outcome, said } = await session(bob, alice, 'green')
    const asked = said.findIndex(({ type }) => type === 'headers')
    expect(said[asked]).toEqual({ type: 'headers', hashes: nativeCrypto.sha256(headers[3] as Uint8Array) })
    expect(said[asked + 1]).toEqual({ type: 'items', more: false, items: itemsOf(headers.toReversed()) })
    expect(said.filter(({ type }) => type === 'headers')).toHaveLength(1)
    expect(outcome.received).toBe(4)
    expect(bob.store.rootOf('green')).toEqual(alice.store.rootOf('green'))
    expect((await session(alice, bob, 'green')).said).toHaveLength(2)
  })

  it('asks for what is missing below the headers that are held', async () => {
    for (const item of itemsOf([headers[3], headers[2]] as Uint8Array[]))
      await (
        await bob.admission.admitItem(item, FILE)
      ).stored
    const { said } = await session(bob, alice, 'green')
    const hashes = nativeCrypto.sha256(headers[1] as Uint8Array)
    expect(said).toContainEqual({ type: 'headers', hashes })
  })

  it('cuts off a peer that gives other headers', async () => {
    for (const given of [[headers[2]], [headers[3], headers[1]], [headers[3], headers[3]]]) {
      const { near, far } = channelPair(bob.node, alice.node)
      await far.send(encodeSyncMessage({ type: 'items', more: false, items: itemsOf(given as Uint8Array[]) }))
      expect(await codeWhen(fillGaps(sideOf(bob), near, 'green'))).toBe('SYNC_MALFORMED')
    }
    expect(bob.store.counts.headers).toBe(0)
  })

  it('asks for some of very many heads, of others each time, and no more once nothing comes', async () => {
    const heads = Array.from({ length: 5000 }, (_, i) => ({
      hash: nativeCrypto.sha256(Uint8Array.of(i >> 8, i)),
    }))
    const asked = new Set<string>()
    let messages = 0
    let start = 0
    const components = {
      trust: {
        closedHeads: () => heads,
        lines: { gapBelow: async ({ hash }: { hash: Uint8Array }) => ({ hash: toHex(hash), seq: 0 }) },
      },
      maySee: () => true,
      newKey: () => Uint8Array.of(0, 0, start >> 8, start, 0),
    } as unknown as SyncComponents
    for (start = 0; start < 5000; start += 64) {
      const { near, far } = channelPair(bob.node, alice.node)
      await far.send(encodeSyncMessage({ type: 'items', more: false, items: [] }))
      await fillGaps(components, near, 'green')
      const question = decodeSyncMessage((await far.receive()) as Uint8Array)
      if (question.type === 'headers')
        for (let at = 0; at < question.hashes.length; at += 32)
          asked.add(toHex(question.hashes.subarray(at, at + 32)))
      messages++
    }
    expect([messages, asked.size]).toEqual([79, 5000])
  })
})

function itemsOf(list: readonly Uint8Array[]): SyncItem[] {
  return list.map((bytes) => ({ form: 'header', bytes }))
}
