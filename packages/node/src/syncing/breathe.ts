import { setImmediate } from 'node:timers/promises'

/** Resolves once whatever else waits in this process had its turn. */
export function breathe(): Promise<void> {
  return setImmediate()
}
