import { vi } from 'vitest'

/** Ample for a loaded machine, and still below what a test may take. */
const TIMEOUT_MS = 30_000
const INTERVAL_MS = 20

/** Tries until `attempt` passes, and gives what it gives; at the end, throws what it threw last. */
export function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(attempt, { timeout: TIMEOUT_MS, interval: INTERVAL_MS })
}
