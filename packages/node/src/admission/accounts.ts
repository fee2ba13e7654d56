import type { Hex } from '../store/index.ts'
import { AdmissionError } from './judge-header.ts'
import { createQuota } from './quota.ts'
import type { Source } from './verdict.ts'

/** Who pays for what this node checks. What it asked for, its own and files are charged to nobody. */
export interface Accounts {
  /** Before anything is checked, whoever sent it pays. @throws AdmissionError QUOTA */
  chargeSender(source: Source, bytes: number): void
  /** Whether the author could pay. @throws AdmissionError QUOTA */
  assertSolvent(source: Source, author: Hex, bytes: number): void
  /**
   * The author pays once its signature holds: nobody does for bytes that only name it. Gives what is to be said when it is known what
   * came of it.
   *
   * @throws AdmissionError QUOTA
   */
  chargeAuthor(source: Source, author: Hex, bytes: number): (outcome: Outcome) => void
}

/**
 * Of what was new the author pays; of what was here already, or comes to nothing, whoever sent it: anybody can send again what somebody
 * else has made. For a fault of this node nobody pays.
 */
export type Outcome = 'new' | 'nothing' | 'fault'

/** @param clock ms since the Unix epoch */
export function createAccounts(clock: () => number): Accounts {
  const quota = createQuota()

  function charge(payer: string, bytes: number): void {
    if (!quota.take(payer, bytes, clock())) throw overQuota()
  }

  return {
    chargeSender(source, bytes) {
      if (source.kind === 'peer') charge(senderOf(source), bytes)
    },
    assertSolvent(source, author, bytes) {
      if (source.kind === 'peer' && !quota.has(authorOf(author), bytes, clock())) throw overQuota()
    },
    chargeAuthor(source, author, bytes) {
      if (source.kind !== 'peer') return () => undefined
      charge(authorOf(author), bytes)
      return (outcome) => {
        if (outcome !== 'new') quota.give(authorOf(author), bytes)
        if (outcome !== 'nothing') quota.give(senderOf(source), bytes)
      }
    },
  }
}

function senderOf({ node }: { readonly node: Hex }): string {
  return `sender ${node}`
}

function authorOf(node: Hex): string {
  return `author ${node}`
}

/** [IGNORE] A member stays within what this node checks for one member. */
function overQuota(): AdmissionError {
  return new AdmissionError('QUOTA', 'the member sends more than this node checks in time')
}
