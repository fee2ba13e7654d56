/** Places for work of which only so much is done at one time. First come, first served. */
export interface Slots {
  /**
   * Resolves once there is a place. What it gives must be called when the work is done.
   *
   * @param brought how much the work has brought so far
   */
  take(signal: AbortSignal, brought: () => number): Promise<() => void>
}

/** When a place goes to the next one though the work goes on: whoever holds theirs for ever keeps nobody waiting. */
export interface Lease {
  /** After so many ms in which it brought less than `least`. */
  readonly windowMs: number
  readonly least: number
  /** After so many windows in any case. */
  readonly windows: number
}

/** Places for `count` at a time. */
export function createSlots(count: number, { windowMs, least, windows }: Lease): Slots {
  const waiting: (() => void)[] = []
  let free = count

  function release(): void {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }

  function lease(brought: () => number): () => void {
    let isHeld = true
    let [seen, passed] = [0, 0]
    const giveBack = (): void => {
      clearInterval(timer)
      if (isHeld) release()
      isHeld = false
    }
    const timer = setInterval(() => {
      const now = brought()
      if (++passed >= windows || now - seen < least) giveBack()
      seen = now
    }, windowMs)
    timer.unref()
    return giveBack
  }

  return {
    async take(signal, brought) {
      signal.throwIfAborted()
      if (free > 0) {
        free--
        return lease(brought)
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
      return lease(brought)
    },
  }
}
