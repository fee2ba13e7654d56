import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOf } from '@intelmesh/protocol'
import type { CareApi, VerifyProgress } from '../care-api.ts'
import { noteDamage } from '../care/index.ts'
import { storeView } from '../care/store-view.ts'
import { readFile, writeFile } from '../carrying/index.ts'
import type { QueryComponents } from '../query/index.ts'
import type { Core } from './core.ts'

/** The part of a node's API that cares for its store and carries records by file, for who may see what `query` shows. */
export function careOf(core: Core, query: QueryComponents): CareApi {
  const { store, sweeper, admission, retention } = core
  return {
    storeStats: () => storeView(store, query.clearance(), retention.floorOf, NEVER),
    async compactStore() {
      const before = await store.bytesOnDisk()
      await store.compactAll(NEVER)
      return { before, after: await store.bytesOnDisk() }
    },
    async *verifyStore(signal): AsyncGenerator<VerifyProgress> {
      let rows = 0
      let isDone = false
      const verified = store.verify(signal, (read) => (rows = read)).finally(() => (isDone = true))
      // Awaited below, whatever becomes of it meanwhile.
      verified.catch(() => undefined)
      try {
        while (!isDone) {
          yield { rows, isDone: false }
          await Promise.race([verified, delay(PROGRESS_MS, undefined, { signal })])
        }
        yield { rows: await verified, isDone: true }
      } catch (error) {
        if (codeOf(error) === 'STORE_DAMAGED') {
          const { message } = error as Error
          core.health.report(message)
          // Where no node runs, the next start has to know.
          await noteDamage(core.options.paths, message)
        }
        throw error
      }
    },
    syncExport: ({ since }, signal) =>
      writeFile(
        { ...query, sweeper, random: (length) => new Uint8Array(randomBytes(length)) },
        { since: since === undefined ? undefined : Date.parse(since), signal },
      ),
    syncImport: (file, signal) => readFile({ ...query, admission }, file, signal),
  }
}

/** Between two words of how far a check is. */
const PROGRESS_MS = 1_000
const NEVER: AbortSignal = new AbortController().signal
