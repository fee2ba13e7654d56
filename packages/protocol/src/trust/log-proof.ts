import type { Hasher } from '../crypto/index.ts'
import { bytesOf, compareBytes, listOf, required, struct, type Struct, uint } from '../encoding/index.ts'
import { leafHash, rootFromInclusion } from '../merkle/index.ts'
import type { Checkpoint } from './beacon.ts'
import { TrustError } from './errors.ts'

/** That an entry stands in an ACO's log: what RFC 9942 calls an inclusion proof. */
export interface LogProof {
  /** Entries in the log for whose root the path is made. */
  readonly size: number
  readonly index: number
  readonly path: readonly Uint8Array[]
}

/** A certificate that is younger may lack a proof: its ACO has this long to log it. In ms. */
export const MERGE_DELAY_MS: number = 24 * 3_600_000

/** 2^40 entries are more than a log will have. */
const MAX_PATH = 40

export const logProof: Struct<LogProof> = struct<LogProof>(
  'logProof',
  { size: required(1, uint), index: required(2, uint), path: required(3, listOf(bytesOf(32), MAX_PATH)) },
  { unknown: 'refuse' },
)

/** @throws TrustError CERT_NOT_LOGGED unless `entry` (a certificate's or statement's bytes) is under the checkpoint's root */
export function assertLogged(
  hasher: Hasher,
  entry: Uint8Array,
  proof: LogProof,
  checkpoint: Checkpoint,
): void {
  const root =
    proof.size === checkpoint.size
      ? rootFromInclusion(hasher, { leafHash: leafHash(hasher, entry), ...proof })
      : undefined
  if (root === undefined || compareBytes(root, checkpoint.root) !== 0) {
    throw new TrustError('CERT_NOT_LOGGED', 'the proof does not lead to the root of the log')
  }
}
