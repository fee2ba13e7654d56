import { concatBytes, decodeSyncMessage, ID_BYTES, MAC_KEY_BYTES, SYNC_SETS } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closing, scatteredSets } from '../../../../test/bench/scattered-sets.ts'
import type { TestAco } from '../../../../test/support/authority/test-aco.ts'
import { PREFIX_BYTES } from '../network/length-prefix.ts'
import { deflateFrame } from '../network/zstd.ts'
import type { TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { breathe } from './breathe.ts'
import { createCellKeeper } from './cell-keeper.ts'
import { initiate } from './initiate.ts'
import { respond } from './respond.ts'
import { channelPair, session } from './testing/test-session.ts'
import { createTestTrio, type TestTrio } from './testing/test-trio.ts'

describe('a session over sets that differ here and there', () => {
  it.for([
    [5000, 40],
    [20_000, 40],
    [20_000, 400],
  ] as const)(
    'finds among %i ids the %i that differ in a few rounds, and for a few bytes each',
    async ([size, differing]) => {
      const { own, theirs } = await scatteredSets('costs', size, differing)
      // How many cells it takes is chance: under one key it is the same each time.
      const newKey = (): Uint8Array => new Uint8Array(MAC_KEY_BYTES).fill(1)
      const cells = createCellKeeper({ store: theirs.store, clock: () => 0, newKey, breathe })
      const { near, far, frames } = channelPair('own', 'theirs')
      const leading = closing(near, initiate(own, near, 'green'))
      const [outcome] = await Promise.all([leading, respond({ ...theirs, cells }, far)])
      const types = frames.map((frame) => decodeSyncMessage(frame).type)
      const untilKnown = frames.slice(0, types.indexOf('pick') + 1)
      const bytes = untilKnown.reduce((sum, frame) => sum + bytesOnStream(frame), 0)
      expect(types.filter((type) => type === 'pick')).toEqual(['pick'])
      expect(outcome).toMatchObject({ missing: differing / 2, gaveUp: false })
      expect(outcome.rounds).toBeLessThanOrEqual(10)
      expect(bytes).toBeLessThan(2000 + ID_BYTES * differing)
    },
  )
})

describe('a session between two nodes', () => {
  let trio: TestTrio
  let aco: TestAco
  let carol: TestNode
  let alice: TestNode
  let bob: TestNode

  beforeEach(async () => {
    trio = await createTestTrio()
    ;({ aco, carol, alice, bob } = trio)
  })

  afterEach(() => trio[Symbol.asyncDispose]())

  it('takes little more than what was missing, and then one round trip and less than 100 bytes for each set', async () => {
    for (const [from, to, rounds] of [
      // Compared and fetched; what is recent asked for, and handed over.
      [bob, alice, 3],
      [bob, alice, 2],
      [alice, bob, 2],
    ] as const) {
      const missing = await published()
      const { outcome } = await session(from, to, 'green')
      expect(bob.store.rootOf('green')).toEqual(alice.store.rootOf('green'))
      expect(outcome.rounds).toBe(rounds)
      expect(outcome.bytes).toBeLessThan(1.05 * missing)
      for (const set of SYNC_SETS) {
        const nothing = await session(from, to, set)
        expect(nothing.outcome).toMatchObject({ wasEqual: true, rounds: 1 })
        expect(nothing.outcome.bytes).toBeLessThan(100)
      }
    }
  })

  /** Has carol publish some batches, of which alice hears. Gives their bytes as one frame of zstd. */
  async function published(): Promise<number> {
    const first = carol.announced.length
    for (let i = 0; i < 5; i++) {
      aco.now += QUARTER_HOUR_MS
      const texts = Array.from({ length: 50 }, (_, k) => indicatorText(`${aco.now} ${k}`))
      expect((await carol.publisher.publish(requestOf(texts))).refused).toEqual([])
    }
    const batches = carol.announced.slice(first).map(({ batch }) => batch)
    for (const batch of batches)
      await (
        await alice.admission.admitBatch(batch, { kind: 'file' }, { sync: false })
      ).stored
    return deflateFrame(concatBytes(...batches)).length
  }
})

const QUARTER_HOUR_MS = 900_000

/** What a frame takes with its length. */
function bytesOnStream(frame: Uint8Array): number {
  return PREFIX_BYTES + deflateFrame(frame).length
}
