/** Who reads just now: LevelDB keeps for them what was deleted since, in its files. */
export interface Readers {
  /** Notes that somebody reads, until the function that it gives is called. */
  enter(): () => void
  /** Resolves once all that read now have ended; those that begin in the meantime are not waited for. */
  gone(): Promise<void>
}

interface Round {
  count: number
  readonly ended: PromiseWithResolvers<void>
}

/** Nobody reads yet. */
export function createReaders(): Readers {
  let round = createRound()
  let before: Promise<void> = Promise.resolve()

  return {
    enter() {
      const own = round
      let isIn = true
      own.count++
      return () => {
        if (isIn) own.count--
        isIn = false
        if (own.count === 0 && own !== round) own.ended.resolve()
      }
    },
    gone() {
      const own = round
      const earlier = before
      round = createRound()
      if (own.count === 0) own.ended.resolve()
      before = earlier.then(() => own.ended.promise)
      return before
    },
  }
}

function createRound(): Round {
  return { count: 0, ended: Promise.withResolvers<void>() }
}
