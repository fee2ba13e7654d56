import {
  type CoseErrorCode,
  parseSign1,
  sealSign1,
  type SignedKind,
  type Verified,
  verifySign1,
} from '../cose/index.ts'
import { type Crypto, equalBytes, hkdfSha256, hmacSha256, isPublicKey, type Signer } from '../crypto/index.ts'
import {
  asArray,
  bytesOf,
  concatBytes,
  decodeCbor,
  encodeCbor,
  optional,
  required,
  struct,
  textUpTo,
  uint,
  utf8Bytes,
} from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { type KemKey, kemKey } from '../trust/index.ts'
import { EnrolmentError, type Invite } from './invite.ts'

/** What a newcomer asks for, signed with the key that is to be certified. */
export interface EnrolmentRequest {
  /** Invite id, 16 bytes; absent in a request that travels by file. */
  readonly invite?: Uint8Array
  /** The Ed25519 key to certify, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly kemKey: KemKey
  /** ms since the Unix epoch. */
  readonly at: number
  /** What the asker calls itself; the certificate bears the name that the ACO vouches for. */
  readonly name?: string
}

const INFO_REQUEST = 'intelmesh enrol 1'
const INFO_REPLY = 'intelmesh enrol 1 reply'
const NO_SALT = new Uint8Array(0)
const MAX_REQUEST_BYTES = 2048

/** See docs/spec/enrolment.md, "Request". */
const ENROLMENT_REQUEST: SignedKind<EnrolmentRequest> = {
  typ: 'application/vnd.intelmesh.enrolment-request+cose',
  payload: struct<EnrolmentRequest>(
    'request',
    {
      invite: optional(1, bytesOf(16)),
      publicKey: required(2, bytesOf(32)),
      kemKey: required(3, kemKey),
      at: required(4, uint),
      name: optional(5, textUpTo(100)),
    },
    { version: 1, unknown: 'refuse' },
  ),
  limits: { maxBytes: 1024, maxDepth: 3, maxItems: 32 },
}

/** Signs a request with the key that it wants certified. */
export function sealRequest(request: EnrolmentRequest, signer: Signer): Promise<Uint8Array> {
  return sealSign1(ENROLMENT_REQUEST, request, signer)
}

/** Parses a request and checks that its sender holds the key. @throws EnrolmentError REQUEST_MALFORMED, REQUEST_SIGNATURE_INVALID */
export async function openRequest(crypto: Crypto, bytes: Uint8Array): Promise<Verified<EnrolmentRequest>> {
  const request = parseRequest(bytes)
  if (!isPublicKey(request.claims.publicKey)) {
    throw new EnrolmentError('REQUEST_MALFORMED', 'the key is not an acceptable Ed25519 key')
  }
  try {
    return await verifySign1(crypto, request, request.claims.publicKey)
  } catch (cause) {
    if (codeOf(cause) !== ('COSE_SIGNATURE_INVALID' satisfies CoseErrorCode)) throw cause
    throw new EnrolmentError(
      'REQUEST_SIGNATURE_INVALID',
      'the request is not signed by the key it wants certified',
      { cause },
    )
  }
}

/** A request as it goes to the service: [request, tag], the tag made with a key that only the holder of the invite has. */
export function tagRequest(invite: Pick<Invite, 'aco' | 'id' | 'secret'>, request: Uint8Array): Uint8Array {
  return encodeCbor([request, requestTag(invite, request)])
}

/** @throws EnrolmentError REQUEST_MALFORMED, REQUEST_TAG_INVALID */
export function untagRequest(invite: Pick<Invite, 'aco' | 'id' | 'secret'>, tagged: Uint8Array): Uint8Array {
  const { request, tag } = splitTagged(tagged)
  if (!equalBytes(tag, requestTag(invite, request))) {
    throw new EnrolmentError('REQUEST_TAG_INVALID', 'the request was not made with this invite')
  }
  return request
}

/** The request inside a tagged one, to find its invite by; nothing is proven. @throws EnrolmentError REQUEST_MALFORMED */
export function splitTagged(tagged: Uint8Array): { readonly request: Uint8Array; readonly tag: Uint8Array } {
  const parts = decodeParts(tagged)
  const [request, tag] = parts
  if (
    parts.length !== 2 ||
    !(request instanceof Uint8Array && tag instanceof Uint8Array) ||
    tag.length !== 32
  ) {
    throw new EnrolmentError('REQUEST_MALFORMED', 'expected [request, tag]')
  }
  return { request, tag }
}

/** Parses without checking the signature. @throws EnrolmentError REQUEST_MALFORMED */
export function parseRequest(bytes: Uint8Array): ReturnType<typeof parseSign1<EnrolmentRequest>> {
  try {
    return parseSign1(ENROLMENT_REQUEST, bytes)
  } catch (cause) {
    throw new EnrolmentError('REQUEST_MALFORMED', 'the request is not in the form of this version', { cause })
  }
}

/** The tag under which a reply to `request` (as it was sent) goes back: HMAC over both. */
export function replyTag(
  invite: Pick<Invite, 'aco' | 'id' | 'secret'>,
  request: Uint8Array,
  reply: Uint8Array,
): Uint8Array {
  const key = hkdfSha256(invite.secret, NO_SALT, utf8Bytes(INFO_REPLY), 32)
  return hmacSha256(key, concatBytes(invite.aco, invite.id, encodeCbor([request, reply])))
}

function requestTag(invite: Pick<Invite, 'aco' | 'id' | 'secret'>, request: Uint8Array): Uint8Array {
  const key = hkdfSha256(invite.secret, NO_SALT, utf8Bytes(INFO_REQUEST), 32)
  return hmacSha256(key, concatBytes(invite.aco, invite.id, request))
}

function decodeParts(bytes: Uint8Array): ReturnType<typeof asArray> {
  try {
    return asArray(
      decodeCbor(bytes, { maxBytes: MAX_REQUEST_BYTES, maxDepth: 1, maxItems: 4 }),
      'tagged request',
    )
  } catch (cause) {
    throw new EnrolmentError('REQUEST_MALFORMED', 'expected [request, tag]', { cause })
  }
}
