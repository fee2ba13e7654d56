import { codeOf } from '@intelmesh/protocol'

/** An error as it goes over HTTP. @see RFC 9457 */
export interface Problem {
  /** Stable; what programs decide on. */
  readonly code: string
  readonly title: string
  readonly status: ProblemStatus
  /** For people. */
  readonly detail: string
}

export const PROBLEM_TYPE = 'application/problem+json'

export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 413 | 421 | 422 | 429 | 500 | 503 | 507

/** Faults of the HTTP surface itself. */
export type SurfaceCode =
  | 'API_METHOD_UNKNOWN'
  | 'API_BODY_TOO_LARGE'
  | 'API_HOST_REFUSED'
  | 'API_UNAUTHORISED'
  | 'API_FORBIDDEN'
  | 'API_RATE_LIMITED'

/** The HTTP status of each code that does not simply mean "understood, and refused". */
const STATUS_OF_CODE: Readonly<Record<string, ProblemStatus>> = {
  ARGUMENT_INVALID: 400,
  API_UNAUTHORISED: 401,
  API_FORBIDDEN: 403,
  NOT_A_MEMBER: 403,
  NOT_AN_ACO: 404,
  API_METHOD_UNKNOWN: 404,
  RECORD_NOT_FOUND: 404,
  TOKEN_NOT_FOUND: 404,
  WHO_UNKNOWN: 404,
  WHO_AMBIGUOUS: 409,
  RECORD_AMBIGUOUS: 409,
  FEED_OVERTAKEN: 409,
  API_BODY_TOO_LARGE: 413,
  API_HOST_REFUSED: 421,
  API_RATE_LIMITED: 429,
  INTERNAL: 500,
  AUDIT_FAILED: 500,
  STORE_IO: 500,
  STORE_DAMAGED: 500,
  NODE_NOT_RUNNING: 503,
  STORE_CLOSED: 503,
  KEY_LOCKED: 503,
  STORE_FULL: 507,
}

const TITLES: Readonly<Record<ProblemStatus, string>> = {
  400: 'The request is not in the expected form',
  401: 'The token is missing or wrong',
  403: 'Not allowed',
  404: 'There is no such thing',
  409: 'It is not clear what is meant',
  413: 'The request is too large',
  421: 'This address is not served under that name',
  422: 'Refused',
  429: 'Too many requests',
  500: 'The node failed',
  503: 'Not possible now',
  507: 'The disk is full',
}

/** A problem of a known code. */
export function problemOf(code: string, detail: string): Problem {
  const status = STATUS_OF_CODE[code] ?? 422
  return { code, title: TITLES[status], status, detail }
}

/** What an error may say to the outside: code and message of one thrown on purpose, and nothing of any other. */
export function describeFault(error: unknown): Problem {
  const code = codeOf(error)
  const isOnPurpose = code !== undefined && /^[A-Z]+_[A-Z0-9_]+$/.test(code) && !code.startsWith('ERR_')
  if (!isOnPurpose) return problemOf('INTERNAL', 'the node failed at this; its log says more')
  return problemOf(code, (error as Error).message)
}
