import { toHex } from '@intelmesh/protocol'

/** Nonces that were given out for renewals, each good once. Kept in memory: after a restart members ask again. */
export interface NonceBook {
  /** A new nonce, 16 bytes. */
  give(): Uint8Array
  has(nonce: Uint8Array): boolean
  /** Whether the nonce was good; it is not any more. */
  take(nonce: Uint8Array): boolean
}

/** How long a nonce is good, in ms: a slow link's round trip many times over. */
const NONCE_LIFE_MS = 300_000
/** Outstanding at once. Beyond it the oldest goes, so that a flood costs memory for no more than these. */
const MAX_NONCES = 4096

export function createNonceBook({
  clock,
  random,
}: {
  clock: () => number
  random: (length: number) => Uint8Array
}): NonceBook {
  const expiries = new Map<string, number>()

  function isGood(name: string): boolean {
    const expiresAt = expiries.get(name)
    return expiresAt !== undefined && expiresAt > clock()
  }

  return {
    give() {
      const nonce = random(16)
      if (expiries.size >= MAX_NONCES) expiries.delete(expiries.keys().next().value as string)
      expiries.set(toHex(nonce), clock() + NONCE_LIFE_MS)
      return nonce
    },
    has: (nonce) => isGood(toHex(nonce)),
    take(nonce) {
      const name = toHex(nonce)
      const wasGood = isGood(name)
      expiries.delete(name)
      return wasGood
    },
  }
}
