import { ApiError, HomeError } from '@intelmesh/node'
import { EncodingError, EnrolmentError, MeshError, TrustError } from '@intelmesh/protocol'
import { StixError } from '@intelmesh/stix'
import { describe, expect, test } from 'vitest'
import { exitCodeOf } from './exit-codes.ts'
import { UsageError } from './usage-error.ts'

describe(exitCodeOf, () => {
  test.for([
    [new UsageError('x'), 2],
    [new HomeError('CONFIG_INVALID', 'x'), 2],
    [new ApiError('WHO_AMBIGUOUS', 'x'), 2],
    [new EnrolmentError('INVITE_CHECKSUM', 'x'), 2],
    [new ApiError('WHO_UNKNOWN', 'x'), 3],
    [new ApiError('RECORD_NOT_FOUND', 'x'), 3],
    [new ApiError('TOKEN_NOT_FOUND', 'x'), 3],
    [new ApiError('API_UNAUTHORISED', 'x'), 4],
    [new ApiError('API_FORBIDDEN', 'x'), 4],
    [new HomeError('HOME_FORBIDDEN', 'x'), 4],
    [new ApiError('LABEL_NEEDS_CIRCLE', 'x'), 4],
    [new EnrolmentError('INVITE_USED', 'x'), 4],
    [new TrustError('CERT_REVOKED', 'x'), 4],
    [new EncodingError('CBOR_MALFORMED', 'x'), 4],
    [new StixError('STIX_ID_INVALID', 'x', { path: '', rule: '' }), 4],
    [new MeshError('STATUS_STALE', 'x'), 4],
    [new ApiError('NODE_NOT_RUNNING', 'x'), 5],
    [new ApiError('API_UNREACHABLE', 'x'), 5],
    [new HomeError('HOME_IN_USE', 'x'), 1],
    [new ApiError('API_RATE_LIMITED', 'x'), 1],
    [new ApiError('AUDIT_FAILED', 'x'), 1],
    [new MeshError('STORE_FULL', 'x'), 1],
    [new MeshError('MADE_UP', 'x'), 1],
    [new MeshError('constructor', 'x'), 1],
    [new TypeError('x'), 1],
    ['thrown text', 1],
  ] as const)('%s → %i', ([error, exit]) => {
    expect(exitCodeOf(error)).toBe(exit)
  })
})
