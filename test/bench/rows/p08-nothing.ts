import { join } from 'node:path'
import { initiate } from '../../../packages/node/src/syncing/initiate.ts'
import { respond } from '../../../packages/node/src/syncing/respond.ts'
import { openBenchNode } from '../bench-node.ts'
import { openCorpus } from '../corpus.ts'
import type { Bench } from '../row.ts'
import { closing } from '../scattered-sets.ts'
import { syncSide } from '../../support/sync-side.ts'
import { wirePair } from '../wire-pair.ts'

const ROW = { id: 'P8', yardstick: 'nothing', better: 'lower' } as const

/** What a session over one set costs where nothing is missing: bytes as they are on its stream, and round trips. */
export const p08: Bench = {
  name: 'P8',
  rows: [
    {
      ...ROW,
      part: 'bytes',
      what: 'nothing missing in a set: on the stream, both ways',
      unit: 'bytes',
      target: 100,
    },
    { ...ROW, part: 'rounds', what: 'nothing missing in a set: round trips', unit: 'round trips', target: 1 },
  ],
  sizes: { default: 10_000, quick: 100 },
  async open(ground) {
    const corpus = await openCorpus(ground, { size: ground.size })
    await using opening = new AsyncDisposableStack()
    const [a, b] = [
      opening.use(await openBenchNode(corpus, join(ground.folder, 'a'))),
      opening.use(await openBenchNode(corpus, join(ground.folder, 'b'))),
    ]
    for (const node of [a, b]) await node.ingest(corpus.batches())
    const opened = opening.move()
    return {
      async run() {
        const pair = wirePair()
        const leading = closing(pair.near, initiate(syncSide(a), pair.near, 'green'))
        const [outcome] = await Promise.all([leading, respond(syncSide(b), pair.far)])
        if (!outcome.wasEqual) throw new Error('two stores of the same records were not equal')
        return { bytes: { ours: pair.bytes, yardstick: 0 }, rounds: { ours: outcome.rounds, yardstick: 0 } }
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}
