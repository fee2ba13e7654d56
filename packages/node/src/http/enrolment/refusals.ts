import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { EnrolmentErrorCode } from '@intelmesh/protocol'
import type { AuthorityErrorCode } from '../../authority/index.ts'

/** Codes that the service gives by itself. */
type ServiceCode = 'RATE_LIMITED' | 'BODY_TOO_LARGE' | 'MEDIA_TYPE' | 'NOT_FOUND' | 'INTERNAL'

export interface Refusal {
  readonly code: string
  readonly status: ContentfulStatusCode
  /** The same for everybody who gets the code: a stranger learns nothing from it. */
  readonly message: string
}

type Known = EnrolmentErrorCode | AuthorityErrorCode | ServiceCode

const REFUSALS: Partial<Record<Known, readonly [status: ContentfulStatusCode, message: string]>> = {
  REQUEST_MALFORMED: [400, 'the request is not in the form of this version'],
  REQUEST_TAG_INVALID: [403, 'the request was not made with this invite'],
  REQUEST_SIGNATURE_INVALID: [403, 'the request is not signed by its key'],
  KEY_NOT_CERTIFIABLE: [403, 'the key may not be certified again'],
  RENEWAL_REFUSED: [403, 'the certificate is not renewed'],
  INVITE_UNKNOWN: [404, 'there is no such invite'],
  NOT_FOUND: [404, 'there is nothing here'],
  INVITE_USED: [409, 'the invite was used'],
  NONCE_UNKNOWN: [409, 'the nonce is not good: ask for a new one'],
  INVITE_EXPIRED: [410, 'the invite has expired'],
  BODY_TOO_LARGE: [413, 'the body is too large'],
  MEDIA_TYPE: [415, 'expected application/cbor'],
  RATE_LIMITED: [429, 'too many requests: try again later'],
  INTERNAL: [500, 'the service failed'],
  OPERATOR_EXPIRED: [503, 'the ACO cannot issue at present'],
  AUTHORITY_BEHIND: [503, 'the ACO cannot issue at present'],
  REGISTER_FULL: [503, 'the ACO cannot issue at present'],
}

/** What bytes that do not verify are told on renewal, whatever is wrong with them. */
const UNVERIFIED = /^(?:CBOR|STRUCT|TEXT|COSE|CERT)_|^NEWER_THAN_ME$/

/** The answer to a fault: its own code if strangers may know it, and nothing else about it. */
export function refusalOf(code: string | undefined): Refusal {
  const known = code !== undefined && UNVERIFIED.test(code) ? 'REQUEST_MALFORMED' : (code as Known)
  const row = REFUSALS[known]
  if (row === undefined) return refusalOf('INTERNAL')
  const [status, message] = row
  return { code: known, status, message }
}
