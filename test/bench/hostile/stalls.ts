import { openSync, readSync } from 'node:fs'

/** What kept an event loop from turning for longest, in ms. */
export interface Stall {
  /** Whatever it was. */
  readonly ms: number
  /** The most that this thread worked between two ticks. */
  readonly workMs: number
}

/** How long the event loop of this process was kept from turning. */
export interface Stalls {
  /** The longest since it was taken last. What happens between this call and the next tick counts for nothing. */
  take(): Stall
}

/** Shorter than anything that counts as a stall, and seldom enough to cost nothing. */
const TICK_MS = 5
/** Of the thread that has the event loop: ns that it was on a core, ns that it was ready and had to wait for one, and how often. */
const SCHEDULED = '/proc/self/schedstat'

/**
 * Watches by the clock, so that whatever keeps this thread counts: its own work, the disk, a lock. What it was ready to run and had no core to run
 * on is left out: that is the doing of others on the same machine. A loop with nothing to do shows the time between two ticks.
 */
export function watchStalls(): Stalls {
  const file = openSync(SCHEDULED, 'r')
  const line = Buffer.alloc(64)
  const waitedMs = (): number => {
    const length = readSync(file, line, 0, line.length, 0)
    return Number(line.toString('latin1', 0, length).split(' ')[1]) / 1_000_000
  }
  const nothing: Stall = { ms: 0, workMs: 0 }
  const now = () => ({ at: performance.now(), waited: waitedMs(), worked: workedMs() })
  let longest = nothing
  let last = now()
  let isSkipping = false
  setInterval(() => {
    const since = last
    last = now()
    const ms = last.at - since.at - (last.waited - since.waited)
    const workMs = last.worked - since.worked
    if (!isSkipping) longest = { ms: Math.max(longest.ms, ms), workMs: Math.max(longest.workMs, workMs) }
    isSkipping = false
  }, TICK_MS).unref()
  return {
    take() {
      const taken = longest
      longest = nothing
      isSkipping = true
      return taken
    },
  }
}

function workedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
