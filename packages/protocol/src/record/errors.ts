import { MeshError } from '../errors.ts'

export type RecordErrorCode =
  | 'BATCH_MALFORMED'
  | 'BATCH_COUNT_MISMATCH'
  | 'BATCH_ROOT_MISMATCH'
  | 'BATCH_TOO_LARGE'
  | 'HEADER_HLC_RANGE'
  | 'HEADER_PROFILE_MISMATCH'
  | 'HEADER_AUDIENCE_MISMATCH'
  | 'LEAF_MALFORMED'
  | 'LEAF_TOO_LARGE'
  | 'LEAF_AUTHOR_MISMATCH'
  | 'LEAF_HLC_MISMATCH'
  | 'LEAF_CLUSTER_MISMATCH'
  | 'LEAF_AUDIENCE_MISMATCH'
  | 'LEAF_LABEL_MISMATCH'
  | 'LEAF_EXPIRY_RANGE'
  | 'LEAF_ABOVE_CLEARANCE'
  | 'PROOF_MISMATCH'
  | 'HLC_RANGE'
  | 'NEWER_THAN_ME'

/** A batch, header or leaf breaks a rule that every node applies alike. */
export class RecordError extends MeshError<RecordErrorCode> {
  override name = 'RecordError'
}
