import { join } from 'node:path'
import { fromHex } from '@intelmesh/protocol'
import { createStore, openStore, type StoreChanges } from '../../../packages/node/src/store/index.ts'
import { openBenchNode } from '../bench-node.ts'
import { type Corpus, openCorpus } from '../corpus.ts'
import { inTurns } from '../in-turns.ts'
import type { Bench } from '../row.ts'
import { type RawRow, writeRaw } from '../yardsticks/raw-level.ts'

/** What indexes, tree and sidecar cost: judged records written by the store, beside the same records written alone. */
export const p09: Bench = {
  name: 'P9',
  rows: [
    {
      id: 'P9',
      part: '',
      what: 'ingest with tree, sidecar and indexes',
      yardstick: 'raw LevelDB, the same records alone in the same groups, sync:true',
      unit: 'records/s',
      target: 0.4,
      better: 'higher',
    },
  ],
  sizes: { default: 50_000, quick: 200 },
  async open(ground) {
    const corpus = await openCorpus(ground, { size: ground.size })
    const commits = await judged(corpus, join(ground.folder, 'judging'))
    const groups = commits.map(({ records = [] }): readonly RawRow[] =>
      records.map(({ id, leaf }) => ({ key: fromHex(id), value: leaf })),
    )
    const ours = async (path: string): Promise<number> => {
      await createStore({ path, id: '09'.repeat(16), createdAt: corpus.now })
      await using store = await openStore({ path })
      const startedAt = performance.now()
      for (const changes of commits) await store.commit(changes, { sync: true })
      return performance.now() - startedAt
    }
    return {
      async run(number) {
        const measures = {
          ours: () => ours(join(ground.folder, `ours ${number}`)),
          yardstick: () => writeRaw(join(ground.folder, `raw ${number}`), groups),
        }
        const ms = await inTurns(measures, number)
        const rate = (each: number): number => (ground.size / each) * 1000
        return { '': { ours: rate(ms.ours), yardstick: rate(ms.yardstick) } }
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
