import { type Corpus, openCorpus } from './corpus.ts'
import type { Ground } from './row.ts'

/** Records that one side of a reconciliation has and the other has not: scattered over all hours, each under a signature of its own. */
export function openExtra(ground: Pick<Ground, 'seed' | 'cache'>, side: 'own' | 'peer'): Promise<Corpus> {
  const options = { kind: 'indicators', size: EXTRA, batchRecords: 1, salt: side } as const
  return openCorpus({ ...ground, progress: () => undefined }, options)
}

const EXTRA = 500
