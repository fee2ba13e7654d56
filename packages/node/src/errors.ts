import { MeshError } from '@intelmesh/protocol'

export type ApiErrorCode =
  | 'NODE_NOT_RUNNING'
  | 'NOT_AN_ACO'
  | 'NOT_A_MEMBER'
  | 'RECORD_NOT_FOUND'
  | 'RECORD_AMBIGUOUS'
  | 'RECORD_NOT_OWN'
  | 'FEED_OVERTAKEN'
  | 'WHO_UNKNOWN'
  | 'WHO_AMBIGUOUS'
  | 'ARGUMENT_INVALID'
  | 'LABEL_NEEDS_CIRCLE'
  | 'API_UNAUTHORISED'
  | 'API_FORBIDDEN'
  | 'API_RATE_LIMITED'
  | 'API_UNREACHABLE'
  | 'TOKEN_NOT_FOUND'
  | 'TOKEN_LIMIT'
  | 'AUDIT_FAILED'
  | 'INTERNAL'

/** A request to a node cannot be served. The codes are those that the HTTP API and the command line show. */
export class ApiError extends MeshError<ApiErrorCode> {
  override name = 'ApiError'
}

export type HomeErrorCode =
  | 'HOME_MISSING'
  | 'HOME_EXISTS'
  | 'HOME_IN_USE'
  | 'HOME_DAMAGED'
  | 'HOME_FORBIDDEN'
  | 'CONFIG_INVALID'
  | 'KEY_MISSING'
  | 'KEY_LOCKED'
  | 'KEY_PASSPHRASE_WRONG'
  | 'KEY_PERMISSIONS'

/** A home folder, its configuration or its keys are not as a node needs them. */
export class HomeError extends MeshError<HomeErrorCode> {
  override name = 'HomeError'
}
