/** Does work in slices, so that a long queue of it never holds the event loop for long. */
export interface Slices {
  /** Does `work` about so many bytes, soon; those that ask first come first. Rejects with what it throws. */
  run<T>(bytes: number, work: () => T): Promise<T>
}

/**
 * Bytes judged in one turn of the event loop: some milliseconds. By bytes and not by the clock, so that the same input is always
 * taken in the same order.
 */
const TURN_BYTES: number = 256 * 1024

interface Waiting {
  readonly bytes: number
  readonly begin: () => void
}

export function createSlices(): Slices {
  const waiting: Waiting[] = []
  let spent = 0
  let isScheduled = false

  function serve(): void {
    isScheduled = false
    spent = 0
    while (waiting.length > 0 && spent < TURN_BYTES) {
      const { bytes, begin } = waiting.shift() as Waiting
      spent += bytes
      begin()
    }
    if (spent > 0) schedule()
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(serve)
  }

  return {
    run(bytes, work) {
      return new Promise((resolve, reject) => {
        function begin(): void {
          try {
            resolve(work())
          } catch (error) {
            reject(error as Error)
          }
        }
        // Who comes alone need not wait for the next turn.
        if (waiting.length === 0 && spent < TURN_BYTES) {
          spent += bytes
          schedule()
          begin()
        } else {
          waiting.push({ bytes, begin })
          schedule()
        }
      })
    },
  }
}
