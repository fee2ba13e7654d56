import { existsSync } from 'node:fs'
import {
  type Admission,
  hourOf,
  openAdmission,
  openSweeper,
} from '../../packages/node/src/admission/index.ts'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import { NO_METRICS } from '../../packages/node/src/observe/index.ts'
import { createStore, openStore, type Store } from '../../packages/node/src/store/index.ts'
import { openTrust, type Trust } from '../../packages/node/src/trust/index.ts'
import type { Corpus } from './corpus.ts'

/** A node without a network, under the clock of a corpus, which knows all of its authors. */
export interface BenchNode extends AsyncDisposable {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  /**
   * Admits batches with everything on, and acknowledges nothing that is not on disk. As many wait at once as a node lets wait.
   *
   * @returns how many records are stored now that were not
   */
  ingest(batches: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number>
}

/** Opens the node of a corpus on a store, made where there is none. */
export async function openBenchNode(
  { root, foundation, now }: Pick<Corpus, 'root' | 'foundation' | 'now'>,
  path: string,
): Promise<BenchNode> {
  await using opening = new AsyncDisposableStack()
  if (!existsSync(path)) await createStore({ path, id: '0b'.repeat(16), createdAt: now })
  const store = opening.use(await openStore({ path }))
  const clock = (): number => now
  const trust = await openTrust({ store, crypto: nativeCrypto, clock }, root)
  for (const { code, action } of await trust.admit(foundation, 'file'))
    if (action !== 'accept') throw new Error(`the ACO of the corpus was not believed: ${code}`)
  const sweeper = await openSweeper(store)
  await sweeper.sweepTo(hourOf(now))
  const admission = opening.use(
    openAdmission({
      store,
      trust,
      crypto: nativeCrypto,
      clock,
      metrics: NO_METRICS,
      asOf: () => sweeper.asOf,
      clearance: () => 'green',
    }),
  )
  const opened = opening.move()
  return {
    store,
    trust,
    admission,
    ingest: (batches) => ingest(admission, batches),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function ingest(
  admission: Admission,
  batches: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const waiting = new Map<Promise<void>, number>()
  let stored = 0
  let bytes = 0
  for await (const batch of batches) {
    while (bytes + batch.length > MAX_WAITING_BYTES && waiting.size > 0) await Promise.race(waiting.keys())
    const taking = take(batch).finally(() => {
      bytes -= waiting.get(taking) ?? 0
      waiting.delete(taking)
    })
    waiting.set(taking, batch.length)
    bytes += batch.length
  }
  await Promise.all(waiting.keys())
  return stored

  async function take(batch: Uint8Array): Promise<void> {
    const admitted = await admission.admitBatch(batch, { kind: 'file' }, { sync: true })
    if (admitted.action !== 'accept') throw new Error(`a batch of the corpus was refused: ${admitted.code}`)
    const ids = await admitted.stored
    stored += ids.length
  }
}

/** Some batches are judged while others are written; a node refuses what is far beyond that. */
const MAX_WAITING_BYTES: number = 6 * 1024 * 1024
