import type { Hasher } from '../crypto/index.ts'
import {
  bytesOf,
  compareBytes,
  concatBytes,
  decodeCbor,
  encodeCbor,
  type FieldType,
  fromBase64url,
  isPrintable,
  listOf,
  required,
  struct,
  type Struct,
  textThat,
  toBase64url,
  uint,
} from '../encoding/index.ts'
import { MeshError } from '../errors.ts'
import { clusterName } from '../trust/index.ts'

export type EnrolmentErrorCode =
  | 'INVITE_MALFORMED'
  | 'INVITE_CHECKSUM'
  | 'INVITE_EXPIRED'
  | 'INVITE_UNKNOWN'
  | 'INVITE_USED'
  | 'INVITE_PENDING'
  | 'REQUEST_MALFORMED'
  | 'REQUEST_TAG_INVALID'
  | 'REQUEST_SIGNATURE_INVALID'
  | 'REPLY_TAG_INVALID'
  | 'REPLY_MALFORMED'
  | 'REPLY_KEY_MISMATCH'
  | 'NONCE_UNKNOWN'
  | 'RENEWAL_REFUSED'

/** Joining a cluster went wrong. */
export class EnrolmentError extends MeshError<EnrolmentErrorCode> {
  override name = 'EnrolmentError'
}

/** What an ACO hands to an organisation that it lets in. The secret authenticates one request and never crosses the wire. */
export interface Invite {
  /** Key id of the ACO's root, 32 bytes: the fingerprint that the newcomer pins. */
  readonly aco: Uint8Array
  /** 16 random bytes. */
  readonly id: Uint8Array
  /** 32 random bytes. */
  readonly secret: Uint8Array
  readonly cluster: string
  /** ms since the Unix epoch. */
  readonly expiresAt: number
  /** http or https URLs of the enrolment service. */
  readonly urls: readonly string[]
}

const PREFIX = 'imesh1:'
const CHECKSUM_BYTES = 4
const MAX_INVITE_CHARS = 4096

/** Where an enrolment service listens: an http or https URL of 200 characters at most, without blanks. */
export const serviceUrl: FieldType<string> = textThat(
  200,
  (text) => isPrintable(text) && /^https?:\/\/\S+$/.test(text),
  'characters of an http or https URL',
)
export const MAX_URLS = 8

const invite: Struct<Invite> = struct<Invite>(
  'invite',
  {
    aco: required(1, bytesOf(32)),
    id: required(2, bytesOf(16)),
    secret: required(3, bytesOf(32)),
    cluster: required(4, clusterName),
    expiresAt: required(5, uint),
    urls: required(6, listOf(serviceUrl, MAX_URLS, 1)),
  },
  { version: 1, unknown: 'refuse' },
)

/**
 * One pasteable line: `imesh1:` and base64url of the invite with the first four bytes of its SHA-256.
 *
 * @throws EncodingError STRUCT_MALFORMED for an invite that no reader would accept
 */
export function formatInvite(hasher: Hasher, value: Invite): string {
  const bytes = encodeCbor(invite.encode(value))
  decodeInvite(bytes)
  return PREFIX + toBase64url(concatBytes(bytes, hasher.sha256(bytes).subarray(0, CHECKSUM_BYTES)))
}

/**
 * Reads an invite from pasted text; blanks and line breaks within it are forgiven.
 *
 * @throws EnrolmentError INVITE_MALFORMED, INVITE_CHECKSUM
 */
export function parseInvite(hasher: Hasher, text: string): Invite {
  const line = text.slice(0, 2 * MAX_INVITE_CHARS).replace(/\s+/g, '')
  if (!line.startsWith(PREFIX) || line.length > MAX_INVITE_CHARS || text.length > 2 * MAX_INVITE_CHARS) {
    throw new EnrolmentError('INVITE_MALFORMED', 'expected one line that begins with imesh1:')
  }
  const all = decodeText(line.slice(PREFIX.length))
  const bytes = all.subarray(0, Math.max(0, all.length - CHECKSUM_BYTES))
  if (compareBytes(hasher.sha256(bytes).subarray(0, CHECKSUM_BYTES), all.subarray(bytes.length)) !== 0) {
    throw new EnrolmentError(
      'INVITE_CHECKSUM',
      'the invite was cut or changed on the way: copy the whole line again',
    )
  }
  try {
    return invite.decode(
      decodeCbor(bytes, { maxBytes: MAX_INVITE_CHARS, maxDepth: 3, maxItems: 40 }),
      'invite',
    )
  } catch (cause) {
    throw new EnrolmentError('INVITE_MALFORMED', 'the invite is of a form that this version does not know', {
      cause,
    })
  }
}

function decodeInvite(bytes: Uint8Array): Invite {
  return invite.decode(decodeCbor(bytes, { maxBytes: MAX_INVITE_CHARS, maxDepth: 3, maxItems: 40 }), 'invite')
}

function decodeText(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw new EnrolmentError(
      'INVITE_MALFORMED',
      'expected base64url after imesh1: the line was cut or changed, copy the whole of it again',
      { cause },
    )
  }
}
