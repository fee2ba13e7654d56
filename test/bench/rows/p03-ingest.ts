import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AdmissionComponents } from '../../../packages/node/src/admission/index.ts'
import { openBenchNode } from '../bench-node.ts'
import { type Corpus, openCorpus } from '../corpus.ts'
import { inTurns } from '../in-turns.ts'
import type { Bench, Row } from '../row.ts'
import { verifyRate, verifyRateOf } from '../yardsticks/raw-verify.ts'

/** What all rows of ingest have in common. */
const ROW = {
  id: 'P3',
  part: '',
  what: 'bulk ingest, everything on, sync:true',
  yardstick: 'raw node:crypto Ed25519 verify, one thread',
  unit: 'records/s',
  target: 2.5,
  better: 'higher',
} as const satisfies Row

/** Nothing of an object can be looked up: patterns are not parsed, values not extracted. */
const WITHOUT_VALUES: Partial<AdmissionComponents> = { observablesOf: () => [] }
const VERIFIED = 2_000

/** Whole batches from strangers, from their bytes to the disk. */
export const p03: Bench = {
  name: 'P3',
  rows: [
    ROW,
    {
      ...ROW,
      part: 'two threads',
      yardstick: 'raw node:crypto Ed25519 verify, two threads',
      target: null,
    },
    { ...ROW, part: 'no values', what: 'bulk ingest without pattern parsing and extraction' },
  ],
  sizes: { default: 50_000, quick: 200 },
  budgetMinutes: 5,
  async open(ground) {
    const corpus = await openCorpus(ground, { size: ground.size })
    const rate = (number: number, rest?: Partial<AdmissionComponents>): Promise<number> =>
      ingestRate(corpus, join(ground.folder, `store ${number}`), rest)
    return {
      async run(number) {
        const whole = await inTurns(
          { ours: () => rate(number), yardstick: () => verifyRate(VERIFIED) },
          number,
        )
        // Of growth, which loads a million records, the whole alone is asked for.
        if (ground.parts?.includes('no values') === false) return { '': whole }
        const noValues = await inTurns(
          { ours: () => rate(number, WITHOUT_VALUES), yardstick: () => verifyRate(VERIFIED) },
          number,
        )
        return {
          '': whole,
          'two threads': { ours: whole.ours, yardstick: await verifyRateOf(2, VERIFIED) },
          'no values': noValues,
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

/** Takes a corpus into a new store, from bytes to disk. @returns records per second */
export async function ingestRate(
  corpus: Corpus,
  path: string,
  rest: Partial<AdmissionComponents> = {},
): Promise<number> {
  await using cleaning = new AsyncDisposableStack()
  cleaning.defer(() => rm(path, { recursive: true, force: true }))
  const node = cleaning.use(await openBenchNode(corpus, path, undefined, rest))
  const startedAt = performance.now()
  const stored = await node.ingest(corpus.batches())
  const seconds = (performance.now() - startedAt) / 1000
  if (stored !== corpus.size) throw new Error(`expected ${corpus.size} records, got ${stored}`)
  return stored / seconds
}
