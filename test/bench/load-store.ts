import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { openBenchNode } from './bench-node.ts'
import { type Corpus, openCorpus } from './corpus.ts'
import { cloneLevel } from './level-clone.ts'
import { type Memory, memoryNow } from './memory.ts'
import { openExtra } from './extra-records.ts'
import { lookUpAll, reconcileAll, scanAll } from './strain.ts'
import { knownObservables, shuffled } from './sample-values.ts'
import { verifyRate } from './yardsticks/raw-verify.ts'

/** Which store to load, and where. */
export interface Loading {
  readonly seed: string
  readonly size: number
  readonly cache: string
  readonly path: string
  /** A file of values that no record names, half as many as are to be looked up: JSON. */
  readonly unknown: string
  /** Whether its memory under strain is measured as well, which takes a minute or two. */
  readonly isStrained: boolean
}

/** What loading a store was like. */
export interface Load {
  /** Records per second. */
  readonly rate: number
  /** Ed25519 signatures that one thread verifies in a second, before and after. */
  readonly verifyRate: number
  /** What its process held after each thing that it did: after loading, and where it was strained a scan, look-ups and a reconciliation. */
  readonly held: readonly Memory[]
  readonly isStrained: boolean
}

/** Makes the store of a task, which appears whole or not at all, and strains another one with the same rows. */
export async function loadStore(task: Loading, tell: (text: string) => void): Promise<void> {
  const unfinished = `${task.path}.${process.pid}`
  await using cleaning = new AsyncDisposableStack()
  cleaning.defer(() => rm(unfinished, { recursive: true, force: true }))
  const found = await load(task, unfinished, tell)
  await writeFile(`${task.path}.json`, JSON.stringify(found))
  await rename(unfinished, task.path)
}

async function load(task: Loading, unfinished: string, tell: (text: string) => void): Promise<Load> {
  const { seed, size, cache, isStrained } = task
  const corpus = await openCorpus({ seed, cache, progress: tell }, { size, kind: 'indicators' })
  const before = verifyRate(VERIFIED)
  const startedAt = performance.now()
  const afterLoading = await fill(corpus, unfinished, tell)
  const rate = (size / (performance.now() - startedAt)) * 1000
  const verified = (before + verifyRate(VERIFIED)) / 2
  const held = [afterLoading, ...(isStrained ? await strain(task, corpus, unfinished, tell) : [])]
  return { rate, verifyRate: verified, held, isStrained }
}

async function strain(
  { seed, cache, path, unknown }: Loading,
  corpus: Corpus,
  unfinished: string,
  tell: (text: string) => void,
): Promise<readonly Memory[]> {
  // What follows changes the store a little: it is done to another one with the same rows.
  const [own, other] = [`${path}.own-${process.pid}`, `${path}.other-${process.pid}`]
  await Promise.all([own, other].map((place) => cloneLevel(unfinished, place)))
  try {
    await using node = await openBenchNode(corpus, own)
    tell('scanning')
    await scanAll(node)
    const afterScan = memoryNow()
    tell('looking up')
    const missing = JSON.parse(await readFile(unknown, 'utf8')) as readonly string[]
    const known = await knownObservables(node.store, missing.length)
    await lookUpAll(node, shuffled([...missing, ...known.map(({ value }) => value)]))
    const afterLookups = memoryNow()
    tell('reconciling')
    await node.ingest((await openExtra({ seed, cache }, 'own')).batches())
    await reconcileAll(node, { path: other, seed, cache })
    return [afterScan, afterLookups, memoryNow()]
  } finally {
    await Promise.all([own, other].map((place) => rm(place, { recursive: true, force: true })))
  }
}

async function fill(corpus: Corpus, path: string, tell: (text: string) => void): Promise<Memory> {
  await using node = await openBenchNode(corpus, path)
  const { counts } = node.store
  const telling = setInterval(
    () => tell(`${node.store.counts.records} of ${corpus.size} are loaded`),
    TELLING_MS,
  )
  await node.ingest(corpus.batches())
  clearInterval(telling)
  const loaded = node.store.counts.records - counts.records
  if (loaded !== corpus.size) throw new Error(`${loaded} of ${corpus.size} records were stored`)
  return memoryNow()
}

const TELLING_MS = 5_000
const VERIFIED = 2_000
