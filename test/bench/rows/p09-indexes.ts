import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex } from '@intelmesh/protocol'
import {
  createStore,
  openStore,
  type RecordRow,
  type Store,
  type StoreChanges,
} from '../../../packages/node/src/store/index.ts'
import { openBenchNode } from '../bench-node.ts'
import { type Corpus, openCorpus } from '../corpus.ts'
import { inTurns } from '../in-turns.ts'
import type { Bench, Ground, Pair, Row } from '../row.ts'
import { openRawWriter, type RawRow, type RawWriter, writeRaw } from '../yardsticks/raw-level.ts'
import { ingestRate } from './p03-ingest.ts'

const ROW = {
  id: 'P9',
  part: '',
  what: 'ingest with tree, sidecar and indexes, sync:true',
  yardstick: 'the same admission, its records alone put into a raw LevelDB',
  unit: 'records/s',
  target: 0.4,
  better: 'higher',
} as const satisfies Row

const STORE_ALONE = 'store alone'

/** What indexes, tree and sidecar cost whoever takes records in: the same batches, judged in the same way, with and without them. */
export const p09: Bench = {
  name: 'P9',
  rows: [
    ROW,
    {
      ...ROW,
      part: STORE_ALONE,
      what: 'the store alone, of records that are judged already',
      yardstick: 'raw LevelDB, the same records in the same groups',
      target: null,
    },
  ],
  sizes: { default: 50_000, quick: 200 },
  budgetMinutes: 5,
  async open(ground) {
    const corpus = await openCorpus(ground, { size: ground.size })
    const commits = await judged(corpus, join(ground.folder, 'judging'))
    return {
      async run(number) {
        const path = (what: string): string => join(ground.folder, `${what} ${number}`)
        const whole = await inTurns(
          {
            ours: () => ingestRate(corpus, path('ours')),
            yardstick: () => recordsAloneRate(corpus, path('alone')),
          },
          number,
        )
        return { '': whole, [STORE_ALONE]: await storeAlone(ground, { corpus, commits }, number) }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

/** What admission gives the store to write for a corpus, commit by commit. */
async function judged(corpus: Corpus, path: string): Promise<readonly StoreChanges[]> {
  const commits: StoreChanges[] = []
  await using node = await openBenchNode(corpus, path, (changes) => {
    if ((changes.records?.length ?? 0) > 0) commits.push(changes)
  })
  await node.ingest(corpus.batches())
  return commits
}

/** Takes a corpus in as {@link ingestRate} does, and keeps nothing of it but the records. @returns records per second */
async function recordsAloneRate(corpus: Corpus, path: string): Promise<number> {
  await using cleaning = new AsyncDisposableStack()
  cleaning.defer(() => rm(path, { recursive: true, force: true }))
  const writer = cleaning.use(await openRawWriter(`${path}/records`))
  const rest = { store: recordsAlone(writer) }
  const node = cleaning.use(await openBenchNode(corpus, `${path}/node`, undefined, rest))
  const startedAt = performance.now()
  const stored = await node.ingest(corpus.batches())
  const seconds = (performance.now() - startedAt) / 1000
  if (stored !== corpus.size) throw new Error(`expected ${corpus.size} records, got ${stored}`)
  return stored / seconds
}

/** As much of a store as admission needs for records of which none is held yet. */
function recordsAlone(writer: RawWriter): Store {
  const none = async (ids: readonly unknown[]): Promise<readonly boolean[]> => ids.map(() => false)
  const nothing = async (): Promise<readonly never[]> => []
  return {
    hasRecords: none,
    hasLeaves: none,
    namedByTombstones: none,
    endOfChain: nothing,
    headersOfChain: nothing,
    certain: async () => undefined,
    commit: ({ records = [] }: StoreChanges, options: { readonly sync: boolean }) =>
      writer.write(rowsOf(records), options),
  } as unknown as Store
}

function rowsOf(records: readonly RecordRow[]): readonly RawRow[] {
  return records.map(({ id, leaf }) => ({ key: fromHex(id), value: leaf }))
}

async function storeAlone(
  { folder, size }: Ground,
  { corpus, commits }: { readonly corpus: Corpus; readonly commits: readonly StoreChanges[] },
  number: number,
): Promise<Pair> {
  const rate = (ms: number): number => (size / ms) * 1000
  const groups = commits.map(({ records = [] }) => rowsOf(records))
  return inTurns(
    {
      async ours() {
        const path = join(folder, `store ${number}`)
        await createStore({ path, id: '09'.repeat(16), createdAt: corpus.now })
        await using store = await openStore({ path })
        const startedAt = performance.now()
        for (const changes of commits) await store.commit(changes, { sync: true })
        return rate(performance.now() - startedAt)
      },
      yardstick: async () => rate(await writeRaw(join(folder, `raw ${number}`), groups)),
    },
    number,
  )
}
