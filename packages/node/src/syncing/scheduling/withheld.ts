import type { SessionOutcome } from '../initiate.ts'

/** Keeps in mind which peers showed much in a session and gave next to nothing of it. */
export interface Withheld {
  /**
   * Notes how a session ended. Gives whether the peer did so in the last two over that set: once, what it showed may have been taken
   * back or erased before it could give it.
   */
  again(node: string, outcome: Pick<SessionOutcome, 'set' | 'refused' | 'withheld'>): boolean
}

/** Sets of so many nodes are kept in mind, the latest. */
const MAX_KEPT = 4096

export function createWithheld(): Withheld {
  const kept = new Set<string>()
  return {
    again(node, { set, refused, withheld }) {
      const name = `${node} ${set}`
      const isAgain = withheld && kept.has(name)
      // Whoever refuses in between has not made up for it.
      if (refused !== undefined) return false
      kept.delete(name)
      if (withheld) kept.add(name)
      const [oldest] = kept
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
      return isAgain
    },
  }
}
