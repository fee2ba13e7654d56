import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Arrival, openReplica } from '../support/replica.ts'
import { makeWorld, NOW, type World } from '../support/world.ts'

const RUNS = 40

/** The batch that links older records of a closed chain to its head comes after all else of it, and nobody offers these again. */
const LINK_LAST: readonly number[] = [
  0, 1, 2, 3, 4, 5, 6, 46, 30, 25, 42, 9, 13, 29, 38, 10, 41, 28, 31, 11, 27, 17, 35, 47, 18, 12, 15, 14, 34,
  19, 48, 24, 26, 20, 52, 36, 50, 39, 23, 21, 44, 7, 8, 43, 37, 49, 51, 16, 45, 33, 32, 22, 40, 53,
]

/** Codes after which a peer does not hear of the same thing again. */
const SETTLED: ReadonlySet<string> = new Set(['ACCEPTED', 'DUPLICATE', 'OUTDATED'])

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

describe('the same records and control objects', () => {
  it('give the same sets in any order of arrival', async () => {
    const seen = new Set<string>()
    const all = [...world.foundation, ...world.arrivals]
    const places = all.map((_, i) => i)
    const known = world.foundation.length
    const orders = fc.oneof(
      shuffled(places),
      // A member hears of each thing when it is said, and knows who says it.
      shuffled(places.slice(known)).map((rest) => [...places.slice(0, known), ...rest]),
    )
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        await using replica = await openReplica(world.root, NOW)
        let left = order.map((place) => all[place] as Arrival)
        // What could not be judged yet is offered again, as reconciliation does; what was taken is not.
        for (let before = ''; before !== JSON.stringify(replica.roots());) {
          before = JSON.stringify(replica.roots())
          const again: Arrival[] = []
          for (const arrival of left) if (!SETTLED.has(await replica.take(arrival))) again.push(arrival)
          left = again
        }
        for (const id of world.held) expect(await replica.holds(id), id).toBe(true)
        for (const id of world.gone) expect(await replica.holds(id), id).toBe(false)
        seen.add(JSON.stringify(replica.roots()))
        expect([...seen]).toHaveLength(1)
      }),
      { numRuns: RUNS, endOnFailure: true, examples: [[LINK_LAST]] },
    )
  })
})

function shuffled<T>(items: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length })
}
