import { readFile } from 'node:fs/promises'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { openBatch } from '@intelmesh/protocol'
import { nativeCrypto } from '../../../packages/node/src/crypto/index.ts'
import { type BenchNode, openBenchNode } from '../../bench/bench-node.ts'
import { type Corpus, openCorpus } from '../../bench/corpus.ts'
import type { Violation } from '../run-soak.ts'
import type { IngestNews, IngestTask } from './start-ingest.ts'

const LOADED_RECORDS = 1_000
const BATCH_RECORDS = 6
/** More than a round gets to before it is killed. */
const ROUND_BATCHES = 20
const BLOCK_ROUNDS = 50
const LANES = 4

// Started by start-ingest.ts with its task as argument. Whoever started it hears of every batch that is on disk, and kills it.
const task = JSON.parse(process.argv[2] ?? '') as IngestTask
process.once('disconnect', () => process.exit())
/** For word that their ids are noted, in turn. */
const waiting: (() => void)[] = []
process.on('message', () => waiting.shift()?.())
const startedAt = performance.now()
await using node = await openBenchNode(await corpusOf(task.round), join(task.folder, 'store'))
const ms = Math.round(performance.now() - startedAt)
await tell({ ms, ...(await lookAt(node)) })
// A process that is killed leaves nothing compiled behind by itself.
if (task.round === 0) flushCompileCache()
if (!task.isLast) await ingest(node)
else process.disconnect?.()

/** What was loaded before the first round, or what some rounds take in: each its part. */
function corpusOf(round: number): Promise<Corpus> {
  const ground = { seed: task.seed, cache: task.cache, progress: () => undefined }
  if (round === 0)
    return openCorpus(ground, { size: Math.max(task.records, 1), batchRecords: LOADED_RECORDS })
  const block = Math.floor(round / BLOCK_ROUNDS)
  return openCorpus(ground, {
    size: BLOCK_ROUNDS * ROUND_BATCHES * BATCH_RECORDS,
    batchRecords: BATCH_RECORDS,
    salt: ` block ${block}`,
  })
}

/** The batches of a round. */
async function* batchesOf(round: number): AsyncGenerator<Uint8Array> {
  const corpus = await corpusOf(round)
  const from = round === 0 ? 0 : (round % BLOCK_ROUNDS) * ROUND_BATCHES
  const until = round > 0 ? from + ROUND_BATCHES : task.records > 0 ? Infinity : 0
  let number = 0
  for await (const batch of corpus.batches()) {
    if (number >= until) return
    if (number >= from) yield batch
    number++
  }
}

async function ingest({ admission }: BenchNode): Promise<void> {
  const left = batchesOf(task.round)

  async function lane(): Promise<void> {
    for await (const batch of left) {
      const admitted = await admission.admitBatch(batch, { kind: 'file' }, { sync: true })
      if (admitted.action !== 'accept' && admitted.code !== 'DUPLICATE')
        throw new Error(`a batch was refused: ${admitted.code}`)
      await told(await admitted.stored)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

/** Whether all that was acknowledged is there, and the set what its root says. */
async function lookAt({
  store,
}: BenchNode): Promise<{ readonly violations: readonly Violation[]; readonly unacknowledged: number }> {
  const violations: Violation[] = []
  const text = await readFile(join(task.folder, 'acknowledged'), 'utf8').catch(() => '')
  const ids = text.split('\n').filter((line) => line !== '')
  const held = await store.hasRecords(ids)
  const lost = held.filter((isHeld) => !isHeld).length
  if (lost > 0) violations.push({ code: 'RECORD_LOST', detail: `${lost} of ${ids.length} acknowledged` })
  const rooted = (['clear', 'green'] as const).reduce((sum, set) => sum + store.rootOf(set).count, 0)
  if (rooted !== store.counts.records)
    violations.push({ code: 'ROOT_WRONG', detail: `${rooted} under the roots, ${store.counts.records} held` })
  violations.push(...(await tornBatches(store)))
  if (task.isLast) await store.verify(new AbortController().signal)
  return { violations, unacknowledged: store.counts.records - ids.length }
}

/** Batches of the round before and of this one are whole or absent. */
async function tornBatches(store: BenchNode['store']): Promise<readonly Violation[]> {
  const violations: Violation[] = []
  for (const round of task.round === 0 ? [] : [task.round - 1, task.round])
    for await (const batch of batchesOf(round)) {
      const { ids } = openBatch(nativeCrypto, batch)
      const held = (await store.hasRecords(ids)).filter(Boolean).length
      if (held !== 0 && held !== ids.length)
        violations.push({ code: 'BATCH_TORN', detail: `${held} of ${ids.length} records are there` })
    }
  return violations
}

/** Resolves once the ids are noted elsewhere: whoever publishes waits for that as well. */
async function told(ids: readonly string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  waiting.push(resolve)
  await tell({ ids })
  await promise
}

function tell(news: IngestNews): Promise<void> {
  return new Promise((resolve, reject) =>
    process.send?.(news, undefined, {}, (error) => (error === null ? resolve() : reject(error))),
  )
}
