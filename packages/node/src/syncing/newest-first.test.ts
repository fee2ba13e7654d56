import { hlcTime, openBatch, openLoneRecord, parseLeaf, type SyncMessage } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, requestOf } from '../testing/test-objects.ts'
import { session } from './testing/test-session.ts'
import { createTestTrio, type TestTrio } from './testing/test-trio.ts'

const FILE = { kind: 'file' } as const
const HOUR_MS = 3_600_000

let trio: TestTrio
let aco: TestAco
/** Publishes a batch every few hours; the others have what they have of it. */
let carol: TestNode
let alice: TestNode
let bob: TestNode

beforeEach(async () => {
  trio = await createTestTrio()
  ;({ aco, carol, alice, bob } = trio)
})

afterEach(() => trio[Symbol.asyncDispose]())

describe.for(['asks for', 'hands over'] as const)('a session that %s what the other lacks', (way) => {
  /** Between alice, who has it, and bob. */
  const held = (): ReturnType<typeof session> =>
    way === 'asks for' ? session(bob, alice, 'green') : session(alice, bob, 'green')

  it('sends what came since they had the same, newest first', async () => {
    await published(2)
    for (const node of [alice, bob]) await trio.give(node, 0)
    await held()
    for (let batch = 1; batch <= 4; batch++) {
      aco.now += 5 * HOUR_MS
      await published(2)
      await trio.give(alice, batch)
    }
    const { said } = await held()
    expect(typesOf(said)).toEqual(way === 'asks for' ? ['recent', 'items'] : ['items'])
    expect(hoursSent(said)).toEqual([[20, 15, 10, 5]])
  })

  it('sends what cells told, newest hours first', async () => {
    for (let batch = 0; batch <= 4; batch++) {
      await published(2)
      aco.now += 5 * HOUR_MS
      await trio.give(alice, batch)
    }
    await trio.give(bob, 2)
    const { said } = await held()
    expect(typesOf(said)).toEqual(
      way === 'asks for' ? ['cells', 'run', 'pick', 'items'] : ['cells', 'run', 'items'],
    )
    expect(hoursSent(said)).toEqual([[20, 15, 5, 0]])
  })

  it('sends hours that the other has nothing of, and then ids, each newest first', async () => {
    for (const [batch, size] of [3, 3, 30, 30].entries()) {
      await published(size)
      aco.now += HOUR_MS
      await trio.give(alice, batch)
    }
    for (const batch of [0, 1])
      await (
        await bob.admission.admitItem(loneItems(batchAt(batch))[0] as never, FILE)
      ).stored
    const { said } = await held()
    const requests = typesOf(said).filter((type) => type !== 'ask' && type !== 'nodes')
    expect(requests).toEqual(way === 'asks for' ? ['fetch', 'items', 'want', 'items'] : ['items', 'items'])
    expect(hoursSent(said)).toEqual([
      [3, 2],
      [1, 0],
    ])
  })
})

/** Has carol publish one batch. */
async function published(size: number): Promise<void> {
  const objects = Array.from({ length: size }, (_, i) => indicatorText(`${aco.now} ${i}`))
  expect((await carol.publisher.publish(requestOf(objects))).refused).toEqual([])
}

function batchAt(index: number): Uint8Array {
  return carol.announced[index]?.batch as Uint8Array
}

/** What was said between the hellos and the end: messages that carry nothing are left out. */
function typesOf(said: readonly SyncMessage[]): readonly string[] {
  return said
    .filter((message) => !['hello', 'taken'].includes(message.type) && !isEmpty(message))
    .map(({ type }) => type)
}

function isEmpty(message: SyncMessage): boolean {
  return message.type === 'items' && message.items.length === 0
}

/** Of each message of items, the hours of its items, counted from that of the first batch. */
function hoursSent(said: readonly SyncMessage[]): readonly (readonly number[])[] {
  const first = hourOf(openBatch(nativeCrypto, batchAt(0)).leaves[0] as Uint8Array)
  return said.flatMap((message) =>
    message.type === 'items' && !isEmpty(message)
      ? [
          message.items.map(({ form, bytes }) => {
            const leaf =
              form === 'batch'
                ? openBatch(nativeCrypto, bytes).leaves[0]
                : openLoneRecord(nativeCrypto, bytes).record.leaf
            return hourOf(leaf as Uint8Array) - first
          }),
        ]
      : [],
  )
}

function hourOf(leaf: Uint8Array): number {
  return Math.floor(hlcTime(parseLeaf(nativeCrypto, leaf).clear.hlc) / HOUR_MS)
}
