/** Places for work of which only so much is done at one time. First come, first served. */
export interface Slots {
  /** Resolves once there is a place. What it gives must be called when the work is done. */
  take(signal: AbortSignal): Promise<() => void>
}

/**
 * Places for `count` at a time. After `leaseMs` a place is given to the next one even if the work goes on: whoever holds theirs for
 * ever keeps nobody waiting.
 */
export function createSlots(count: number, leaseMs: number): Slots {
  const waiting: (() => void)[] = []
  let free = count

  function release(): void {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }

  function lease(): () => void {
    let isHeld = true
    const giveBack = (): void => {
      clearTimeout(timer)
      if (isHeld) release()
      isHeld = false
    }
    const timer = setTimeout(giveBack, leaseMs)
    timer.unref()
    return giveBack
  }

  return {
    async take(signal) {
      signal.throwIfAborted()
      if (free > 0) {
        free--
        return lease()
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const leave = (): void => {
        const at = waiting.indexOf(resolve)
        if (at >= 0) waiting.splice(at, 1)
        reject(signal.reason as Error)
      }
      waiting.push(resolve)
      signal.addEventListener('abort', leave, { once: true })
      await promise.finally(() => signal.removeEventListener('abort', leave))
      return lease()
    },
  }
}
