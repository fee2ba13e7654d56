/** Something that must never be, and was. Codes are stable. */
export interface Violation {
  readonly code: ViolationCode
  readonly detail: string
}

export type ViolationCode =
  /** An acknowledged record is gone, and nothing says why. */
  | 'LOST'
  /** Equal sets under different roots, or different sets under one. */
  | 'ROOT_MISMATCH'
  /** A record is held that is to be kept out: it expired, its chain is closed below it, or it was taken back. */
  | 'EXPIRED_HELD'
  | 'BEYOND_HEAD'
  | 'TAKEN_BACK_HELD'
  /** A record is held that nobody said. */
  | 'UNSAID'
  /** Counts, places in the order of arrival, or what listeners were told do not agree with the records held. */
  | 'DOUBLED'
  /** Honest nodes that may talk to each other do not come to hold the same. */
  | 'DIVERGED'
  /** They came to hold the same, and it is not what follows from what was said. */
  | 'WRONG_SET'
  /** The ACO signed two things under one number, or what it said was lost. */
  | 'EQUIVOCATED'
  /** An honest node was found to have sent what is provably bad. */
  | 'HONEST_ACCUSED'
  /** Work that has nothing to wait for any more has not ended, or something is held that nobody uses. */
  | 'STUCK'
  | 'LEAKED'
  /** A node, or the process, holds more than what was said can be the reason for. */
  | 'OVERGROWN'
  /** A store does not open on what its own process wrote. */
  | 'STORE_UNUSABLE'
  /** A fault of the program. */
  | 'BROKEN'
