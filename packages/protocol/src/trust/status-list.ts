import type { SignedKind } from '../cose/index.ts'
import {
  asMap,
  bytesUpTo,
  type CborValue,
  type FieldType,
  required,
  struct,
  textUpTo,
  uint,
} from '../encoding/index.ts'
import { MAX_STATUSES } from './certificate.ts'
import { TrustError } from './errors.ts'

/** Status types of the Token Status List, draft-ietf-oauth-status-list section 7.1. */
export const STATUSES = ['valid', 'invalid', 'suspended', 'unassigned'] as const
export type Status = (typeof STATUSES)[number]

/** zlib streams (RFC 1950). `inflate` stops with an error beyond `maxBytes`. */
export interface Zlib {
  deflate(bytes: Uint8Array): Uint8Array
  inflate(bytes: Uint8Array, maxBytes: number): Uint8Array
}

export interface StatusListToken {
  /** The list's URI, `urn:intelmesh:status:<root key id>`. */
  readonly subject: string
  /** Seconds since the Unix epoch. */
  readonly issuedAt: number
  /** zlib stream of the two-bit statuses. */
  readonly list: Uint8Array
}

const BITS = 2
const PER_BYTE = 8 / BITS
const MAX_LIST_BYTES = MAX_STATUSES / PER_BYTE
/** A list that does not compress grows by a few bytes for each stored block. */
const MAX_STREAM_BYTES = MAX_LIST_BYTES + 1024

/** The claim {"bits": 2, "lst": …}. */
const statusList: FieldType<Uint8Array> = {
  encode: (list) =>
    new Map<string, CborValue>([
      ['bits', BITS],
      ['lst', list],
    ]),
  decode(value, path) {
    const claim = asMap(value, path)
    if (claim.get('bits') !== BITS || claim.size !== 2) {
      throw new TrustError('STATUS_LIST_MISMATCH', `${path}: expected a list of two bits`)
    }
    return bytesUpTo(MAX_STREAM_BYTES).decode(claim.get('lst') ?? null, path)
  },
}

/** The full list as a Status List Token in CWT form. See docs/spec/status.md, "Status list". */
export const STATUS_LIST: SignedKind<StatusListToken> = {
  typ: 'application/statuslist+cwt',
  payload: struct<StatusListToken>(
    'statusList',
    { subject: required(2, textUpTo(120)), issuedAt: required(6, uint), list: required(65533, statusList) },
    { unknown: 'refuse' },
  ),
  limits: { maxBytes: MAX_STREAM_BYTES + 256, maxDepth: 3, maxItems: 16 },
}

/** Packs statuses two bits each, the least significant bits first, and compresses them. */
export function packStatuses(zlib: Zlib, statuses: readonly Status[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil(statuses.length / PER_BYTE))
  for (const [index, status] of statuses.entries()) {
    const at = Math.floor(index / PER_BYTE)
    packed[at] = (packed[at] ?? 0) | (STATUSES.indexOf(status) << ((index % PER_BYTE) * BITS))
  }
  return zlib.deflate(packed)
}

/** A status list unpacked: asks by index. */
export interface StatusBits {
  /** @throws TrustError STATUS_INDEX_RANGE for an index beyond the list */
  statusAt(index: number): Status
}

/** @throws TrustError STATUS_LIST_MISMATCH when the stream does not inflate within its bound */
export function unpackStatuses(zlib: Zlib, list: Uint8Array): StatusBits {
  const packed = inflateList(zlib, list)
  return {
    statusAt(index) {
      const byte = Number.isSafeInteger(index) ? packed[Math.floor(index / PER_BYTE)] : undefined
      if (byte === undefined) throw new TrustError('STATUS_INDEX_RANGE', `no status at index ${index}`)
      return STATUSES[(byte >> ((index % PER_BYTE) * BITS)) & 3] as Status
    },
  }
}

function inflateList(zlib: Zlib, list: Uint8Array): Uint8Array {
  try {
    return zlib.inflate(list, MAX_LIST_BYTES)
  } catch (cause) {
    throw new TrustError('STATUS_LIST_MISMATCH', 'the status list is no zlib stream of the size allowed', {
      cause,
    })
  }
}
