import type { SignedKind } from '../cose/index.ts'
import { bytesOf, listOf, required, struct, type Struct, uint } from '../encoding/index.ts'

/** The size of an ACO's log and the root of its tree (RFC 9162). */
export interface Checkpoint {
  readonly size: number
  readonly root: Uint8Array
}

/** The newest word of an ACO about its members. Times are ms since the Unix epoch. */
export interface Beacon {
  readonly aco: Uint8Array
  /** Grows by one with each beacon. Two beacons with one number prove that the ACO equivocates. */
  readonly number: number
  readonly at: number
  readonly nextUpdate: number
  /** SHA-256 of the status list token in force. */
  readonly listHash: Uint8Array
  /** Status indices made invalid of late, newest last: enough to act on before the list has come. */
  readonly revoked: readonly number[]
  /** Number of the newest statement. */
  readonly statements: number
  readonly checkpoint: Checkpoint
  /** Key id of the operator that signs. */
  readonly signer: Uint8Array
}

/** How many of the newest revocations a beacon repeats. */
export const MAX_BEACON_REVOKED = 64

export const checkpoint: Struct<Checkpoint> = struct<Checkpoint>(
  'checkpoint',
  { size: required(1, uint), root: required(2, bytesOf(32)) },
  { unknown: 'refuse' },
)

/** See docs/spec/status.md, "Beacons". */
export const BEACON: SignedKind<Beacon> = {
  typ: 'application/vnd.intelmesh.beacon+cose',
  payload: struct<Beacon>(
    'beacon',
    {
      aco: required(1, bytesOf(32)),
      number: required(2, uint),
      at: required(3, uint),
      nextUpdate: required(4, uint),
      listHash: required(5, bytesOf(32)),
      revoked: required(6, listOf(uint, MAX_BEACON_REVOKED)),
      statements: required(7, uint),
      checkpoint: required(8, checkpoint),
      signer: required(9, bytesOf(32)),
    },
    { version: 1, unknown: 'refuse' },
  ),
  limits: { maxBytes: 1024, maxDepth: 4, maxItems: 160 },
}
