import { join } from 'node:path'
import { openBatch, toHex } from '@intelmesh/protocol'
import type { Admission } from '../../../packages/node/src/admission/index.ts'
import { nativeCrypto } from '../../../packages/node/src/crypto/index.ts'
import { initiate } from '../../../packages/node/src/syncing/initiate.ts'
import { respond } from '../../../packages/node/src/syncing/respond.ts'
import { openBenchNode } from '../bench-node.ts'
import { type Corpus, openCorpus } from '../corpus.ts'
import type { Bench } from '../row.ts'
import { closing } from '../scattered-sets.ts'
import { syncSide } from '../../support/sync-side.ts'
import { wirePair } from '../wire-pair.ts'
import { oneStream } from '../yardsticks/one-stream.ts'

/** Records that both sides have, from before. */
const BEFORE = 5_000
const OUTAGE_HOURS = 6

/** Bytes of a whole catch-up after an outage, as they are on the stream of the session. */
export const p07: Bench = {
  name: 'P7',
  rows: [
    {
      id: 'P7',
      part: '',
      what: 'catch up after a six-hour outage: bytes on the stream, both ways',
      yardstick: 'the missing records in one zstd stream',
      unit: 'bytes',
      target: 1.05,
      better: 'lower',
    },
  ],
  sizes: { default: 100_000, quick: 500 },
  runs: 5,
  budgetMinutes: 6,
  async open(ground) {
    const before = await openCorpus(ground, { size: BEFORE, salt: 'before' })
    const missed = await openCorpus(ground, { size: ground.size, hours: OUTAGE_HOURS })
    await using opening = new AsyncDisposableStack()
    const whole = opening.use(await openBenchNode(missed, join(ground.folder, 'whole')))
    const late = opening.use(await openBenchNode(missed, join(ground.folder, 'late')))
    ground.progress('loading the records of two nodes')
    for (const node of [whole, late]) await node.ingest(before.batches())
    await whole.ingest(missed.batches())
    const yardstick = await oneStream(leavesOf(missed))
    const opened = opening.move()
    return {
      async run() {
        const pair = wirePair()
        const came = new Set<string>()
        const leading = closing(
          pair.near,
          initiate({ ...syncSide(late), admission: counting(came) }, pair.near, 'green'),
        )
        await Promise.all([leading, respond(syncSide(whole), pair.far)])
        if (came.size < ground.size) throw new Error(`${came.size} of ${ground.size} records came`)
        return { '': { ours: pair.bytes, yardstick } }
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/** Takes what comes without storing it, so that the next run finds the same missing; checks that every record is whole. */
function counting(came: Set<string>): Admission {
  return {
    async admitItem({ bytes }) {
      const ids = openBatch(nativeCrypto, bytes).leafHashes.map(toHex)
      for (const id of ids) came.add(id)
      return { action: 'accept', code: 'ACCEPTED', stored: Promise.resolve(ids), refused: [] }
    },
  } as Partial<Admission> as Admission
}

async function* leavesOf(corpus: Corpus): AsyncGenerator<Uint8Array> {
  for await (const batch of corpus.batches()) yield* openBatch(nativeCrypto, batch).leaves
}
