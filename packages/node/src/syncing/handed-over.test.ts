import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { session, sideOf } from './testing/test-session.ts'
import { createTestTrio, type TestTrio } from './testing/test-trio.ts'

let trio: TestTrio
/** Publishes; the others compare what they have of it. */
let carol: TestNode
let alice: TestNode
let bob: TestNode

beforeEach(async () => {
  trio = await createTestTrio()
  ;({ carol, alice, bob } = trio)
})

afterEach(() => trio[Symbol.asyncDispose]())

describe('what a session hands over', () => {
  it.for(['compared', 'only added'])(
    'is left to the other side to fetch where it is much, %s',
    async (how) => {
      await published(['one'])
      for (const node of how === 'compared' ? [bob] : [alice, bob]) await trio.give(node, 0)
      if (how === 'only added')
        for (const [from, to] of [
          [alice, bob],
          [bob, alice],
        ] as const)
          await session(from, to, 'green')
      await published(Array.from({ length: 1_100 }, (_, i) => `much ${i}`))
      for (let index = 1; index < carol.announced.length; index++) await trio.give(alice, index)
      const lacking: string[] = []
      const sides = [
        sideOf(alice),
        sideOf(bob, { onLacking: (...said) => lacking.push(said.join(' ')) }),
      ] as const
      const left = await session(alice, bob, 'green', sides)
      expect(left.outcome).toMatchObject({ sent: 0, received: how === 'compared' ? 1 : 0 })
      expect(lacking).toEqual([`${alice.node} green`])
      expect((await session(bob, alice, 'green')).outcome).toMatchObject({ received: 1_100 })
      expect((await session(alice, bob, 'green')).outcome.wasEqual).toBe(true)
    },
  )
})

async function published(names: readonly string[]): Promise<void> {
  await carol.publisher.publish(requestOf(names.map((name) => indicatorText(name))))
}
