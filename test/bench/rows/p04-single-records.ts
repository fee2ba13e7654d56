import { join } from 'node:path'
import { openCorpus } from '../corpus.ts'
import { inTurns } from '../in-turns.ts'
import type { Bench } from '../row.ts'
import { verifyRate, verifyRateOf } from '../yardsticks/raw-verify.ts'
import { ingestRate } from './p03-ingest.ts'

const ROW = {
  id: 'P4',
  part: '',
  what: 'ingest of single-record batches, everything on, sync:true',
  yardstick: 'raw node:crypto Ed25519 verify, one thread',
  unit: 'records/s',
  target: 0.75,
  better: 'higher',
} as const
const VERIFIED = 2_000

/** Records that come one by one, each with a signature of its own. */
export const p04: Bench = {
  name: 'P4',
  rows: [
    ROW,
    {
      ...ROW,
      part: 'two threads',
      yardstick: 'raw node:crypto Ed25519 verify, two threads',
      target: null,
    },
  ],
  sizes: { default: 10_000, quick: 50 },
  async open(ground) {
    const corpus = await openCorpus(ground, { size: ground.size, batchRecords: 1 })
    return {
      async run(number) {
        const measures = {
          ours: () => ingestRate(corpus, join(ground.folder, `store ${number}`)),
          yardstick: () => verifyRate(VERIFIED),
        }
        const pair = await inTurns(measures, number)
        return {
          '': pair,
          'two threads': { ours: pair.ours, yardstick: await verifyRateOf(2, VERIFIED) },
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}
