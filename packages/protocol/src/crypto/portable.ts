import { holdsWithoutCofactor } from './curve.ts'
import { sha256 } from './hash.ts'
import type { Crypto } from './ports.ts'

/** The primitives in plain TypeScript: for runtimes that have none of their own, and as the judge of those that do. */
export const portableCrypto: Crypto = {
  sha256: (bytes) => sha256(bytes),
  verifyEd25519: holdsWithoutCofactor,
}
