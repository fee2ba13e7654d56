import { MeshError } from '../errors.ts'

export type TrustErrorCode =
  | 'CERT_CHAIN_LENGTH'
  | 'CERT_ROOT_UNKNOWN'
  | 'CERT_ISSUER_MISMATCH'
  | 'CERT_LINK_FORBIDDEN'
  | 'CERT_SCOPE_EXCEEDED'
  | 'CERT_SIGNATURE_INVALID'
  | 'CERT_NOT_YET_VALID'
  | 'CERT_EXPIRED'
  | 'CERT_KEY_MISMATCH'
  | 'CERT_KEY_INVALID'
  | 'CERT_CLUSTER_MISMATCH'
  | 'CERT_REVOKED'
  | 'CERT_SUSPENDED'
  | 'CERT_UNKNOWN'
  | 'CERT_NOT_LOGGED'
  | 'STATUS_DUTY_MISSING'
  | 'STATUS_LIST_MISMATCH'
  | 'STATUS_INDEX_RANGE'
  | 'STATUS_STALE'
  | 'LOG_INCONSISTENT'
  | 'VERSION_MISMATCH'

/** A certificate, the chain above it, or what its ACO says about it, does not hold. */
export class TrustError extends MeshError<TrustErrorCode> {
  override name = 'TrustError'
}
