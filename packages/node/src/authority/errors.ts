import { MeshError } from '@intelmesh/protocol'

export type AuthorityErrorCode =
  | 'AUTHORITY_MISSING'
  | 'AUTHORITY_MISMATCH'
  | 'AUTHORITY_BEHIND'
  | 'OPERATOR_EXPIRED'
  | 'ORGANISATION_UNKNOWN'
  | 'ORGANISATION_NAME_TAKEN'
  | 'KEY_NOT_CERTIFIABLE'
  | 'REGISTER_FULL'
  | 'STATEMENT_FINAL'
  | 'STATEMENT_POINTLESS'

/** What was asked of an ACO does not fit its register or its certificates. */
export class AuthorityError extends MeshError<AuthorityErrorCode> {
  override name = 'AuthorityError'
}
