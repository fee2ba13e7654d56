import { setTimeout as delay } from 'node:timers/promises'
import { codeOf } from '@intelmesh/protocol'
import type { Store } from '../store/index.ts'

/** Reads the store again in the background, record by record. */
export interface ScrubOptions {
  /** Bytes of records a second, at most. */
  readonly bytesPerSecond: number
  /** Between two passes, in ms. */
  readonly restMs: number
}

/** What a scrub tells. */
export interface ScrubListeners {
  readonly onRead: (bytes: number) => void
  /** Something is not as it was written. Told once: then the scrub ends. */
  readonly onDamage: (reason: string) => void
}

/**
 * Compares the files with what was noted of them, reads every record and compares its bytes with its id, which is their hash, pass after pass until `signal` aborts. It takes the
 * share of time that its pace leaves it, and waits between two reads.
 */
export async function scrub(
  store: Pick<Store, 'queryRecords' | 'checkFiles'>,
  { bytesPerSecond, restMs }: ScrubOptions,
  { onRead, onDamage }: ScrubListeners,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let after = 0; ;) {
      // LevelDB may end the process over a damaged table when it is read.
      if (after === 0) await store.checkFiles()
      const rows = await store.queryRecords({ afterSequence: after, limit: STEP, plainOnly: false })
      const last = rows.at(-1)
      const bytes = rows.reduce((sum, { leaf }) => sum + leaf.length, 0)
      onRead(bytes)
      after = last === undefined ? 0 : last.sequence
      await delay(last === undefined ? restMs : (bytes / bytesPerSecond) * 1000, undefined, {
        signal,
        ref: false,
      })
    }
  } catch (error) {
    if (signal.aborted || codeOf(error) === 'STORE_CLOSED') return
    if (codeOf(error) === 'STORE_DAMAGED') onDamage((error as Error).message)
    else throw error
  }
}

/** With the largest records there are, 16 MiB. */
const STEP = 64
