/** How long the event loop of this process was kept from turning. */
export interface Stalls {
  /** The longest since it was taken last, in ms. */
  take(): number
}

/** Shorter than anything that counts as a stall, and seldom enough to cost nothing. */
const TICK_MS = 5

/**
 * Watches by the time that this thread worked between two ticks, and not by the clock: on a machine with other work a thread that
 * does nothing wrong waits for its turn, too. Nothing in a node waits for a disk in this thread.
 */
export function watchStalls(): Stalls {
  let longest = 0
  let worked = workedMs()
  setInterval(() => {
    const now = workedMs()
    longest = Math.max(longest, now - worked)
    worked = now
  }, TICK_MS).unref()
  return {
    take() {
      const taken = longest
      longest = 0
      return taken
    },
  }
}

function workedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
