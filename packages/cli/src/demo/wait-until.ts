import { setTimeout as delay } from 'node:timers/promises'

/** A step that takes longer does not hold. */
export const STEP_MS = 60_000

/**
 * Asks again and again until there is an answer, for a minute at most.
 *
 * @returns the answer, or `undefined` when there was none in time
 */
export async function waitUntil<T>(
  ask: () => Promise<T | undefined>,
  {
    everyMs,
    signal,
    withinMs = STEP_MS,
  }: { readonly everyMs: number; readonly signal: AbortSignal; readonly withinMs?: number },
): Promise<T | undefined> {
  const deadline = performance.now() + withinMs
  for (;;) {
    signal.throwIfAborted()
    const answer = await ask()
    if (answer !== undefined || performance.now() >= deadline) return answer
    await delay(everyMs, undefined, { signal })
  }
}
