import { setTimeout as delay } from 'node:timers/promises'
import { codeOf } from '@intelmesh/protocol'

/** How waiting is done: tests wait for nothing. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>

/**
 * Asks again what a node could not answer: while it cannot be reached, a few times, and as long as it says that it is asked too
 * much. Only for what may be asked twice.
 *
 * @throws what the last call threw, and AbortError once `signal` aborts
 */
export async function patiently<T>(
  call: () => Promise<T>,
  { signal, wait = waitFor }: { readonly signal: AbortSignal; readonly wait?: Wait },
): Promise<T> {
  for (let failures = 0; ;) {
    try {
      return await call()
    } catch (error) {
      const code = codeOf(error)
      const isBusy = code === 'API_RATE_LIMITED'
      const pauseMs = isBusy ? retryAfterMs(error) : UNREACHABLE_PAUSES_MS[failures]
      if ((!isBusy && code !== 'API_UNREACHABLE') || pauseMs === undefined) throw error
      if (!isBusy) failures += 1
      await wait(pauseMs, signal)
    }
  }
}

/** As long as a node takes to start again. */
const UNREACHABLE_PAUSES_MS: readonly number[] = [250, 500, 1_000, 2_000, 4_000, 8_000]
const LONGEST_PAUSE_MS = 60_000

/** What the node asked for, within reason. */
function retryAfterMs(error: unknown): number {
  const asked = (error as { readonly retryAfterMs?: unknown }).retryAfterMs
  return typeof asked === 'number' ? Math.min(Math.max(asked, 100), LONGEST_PAUSE_MS) : 1_000
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal })
}
