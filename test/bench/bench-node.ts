import { existsSync } from 'node:fs'
import { toHex } from '@intelmesh/protocol'
import {
  type Admission,
  type AdmissionComponents,
  hourOf,
  openAdmission,
  openSweeper,
  type Sweeper,
} from '../../packages/node/src/admission/index.ts'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import { NO_METRICS } from '../../packages/node/src/observe/index.ts'
import { createStore, openStore, type Store, type StoreChanges } from '../../packages/node/src/store/index.ts'
import type { QueryComponents } from '../../packages/node/src/query/index.ts'
import { type KnownCertificate, openTrust, type Trust } from '../../packages/node/src/trust/index.ts'
import type { Corpus } from './corpus.ts'

/** A node without a network, under the clock of a corpus, which knows all of its authors. */
export interface BenchNode extends AsyncDisposable {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  readonly sweeper: Sweeper
  /** What questions are answered from, for an asker who may see all of it. */
  readonly query: QueryComponents
  /** ms since the Unix epoch. */
  readonly now: number
  /**
   * Admits batches with everything on, and acknowledges nothing that is not on disk. As many wait at once as a node lets wait.
   *
   * @returns how many records are stored now that were not
   */
  ingest(batches: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number>
}

/**
 * Opens the node of a corpus on a store, made where there is none.
 *
 * @param onCommit told of every change of the store before it is made
 * @param rest what its admission works with instead of what a node has
 */
export async function openBenchNode(
  { root, foundation, members, now }: Pick<Corpus, 'root' | 'foundation' | 'members' | 'now'>,
  path: string,
  onCommit: (changes: StoreChanges) => void = () => undefined,
  rest: Partial<AdmissionComponents> = {},
): Promise<BenchNode> {
  await using opening = new AsyncDisposableStack()
  const isNew = !existsSync(path)
  if (isNew) await createStore({ path, id: '0b'.repeat(16), createdAt: now })
  const store = watched(opening.use(await openStore({ path })), onCommit)
  const clock = (): number => now
  const trust = await openTrust({ store, crypto: nativeCrypto, clock }, root)
  for (const { code, action } of await trust.admit(isNew ? foundation : [], 'file'))
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
      ...rest,
    }),
  )
  const own = (): KnownCertificate =>
    trust.roster.ofKey(toHex(members[0]?.keyId ?? new Uint8Array(0)))[0] as KnownCertificate
  const query: QueryComponents = {
    store,
    trust,
    crypto: nativeCrypto,
    clock,
    clearance: () => 'green',
    release: () => ({ hour: hourOf(now), isFresh: true }),
    own,
    gate: { checkValue: () => [] },
  }
  const opened = opening.move()
  return {
    store,
    trust,
    admission,
    sweeper,
    query,
    now,
    ingest: (batches) => ingest(admission, batches),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** A proxy would take as long as a look-up does. */
function watched(store: Store, onCommit: (changes: StoreChanges) => void): Store {
  const commit: Store['commit'] = (changes, options) => {
    onCommit(changes)
    return store.commit(changes, options)
  }
  return Object.create(store, { commit: { value: commit } }) as Store
}

async function ingest(
  admission: Admission,
  batches: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const taking: Promise<void>[] = []
  let stored = 0
  let waiting = 0
  let bytes = 0
  let freed = Promise.withResolvers<void>()
  for await (const batch of batches) {
    while (waiting === MAX_WAITING || (waiting > 0 && bytes + batch.length > MAX_WAITING_BYTES))
      await freed.promise
    waiting += 1
    bytes += batch.length
    taking.push(take(batch).finally(() => free(batch.length)))
  }
  await Promise.all(taking)
  return stored

  /** One waits at a time: racing over all that are under way would take longer than what is measured. */
  function free(length: number): void {
    waiting -= 1
    bytes -= length
    freed.resolve()
    freed = Promise.withResolvers()
  }

  async function take(batch: Uint8Array): Promise<void> {
    const admitted = await admission.admitBatch(batch, { kind: 'file' }, { sync: true })
    if (admitted.action !== 'accept') throw new Error(`a batch of the corpus was refused: ${admitted.code}`)
    const ids = await admitted.stored
    stored += ids.length
  }
}

/** Some batches are judged while others are written; a node refuses what is far beyond that. */
const MAX_WAITING_BYTES: number = 6 * 1024 * 1024
const MAX_WAITING = 1024
