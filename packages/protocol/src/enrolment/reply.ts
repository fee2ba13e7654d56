import type { Crypto } from '../crypto/index.ts'
import { equalBytes } from '../crypto/index.ts'
import {
  asArray,
  bytesUpTo,
  compareBytes,
  decodeCbor,
  encodeCbor,
  listOf,
  optional,
  required,
  struct,
  type Struct,
} from '../encoding/index.ts'
import { type CertificateChain, logProof, type LogProof, verifyChain } from '../trust/index.ts'
import { EnrolmentError, type Invite, MAX_URLS, serviceUrl } from './invite.ts'
import { replyTag } from './request.ts'

/** What an ACO gives to a node that it lets in. */
export interface EnrolmentReply {
  /** Node, operator, root. */
  readonly chain: readonly Uint8Array[]
  /** Absent within the merge delay. */
  readonly proof?: LogProof
  readonly beacon: Uint8Array
  readonly statusList: Uint8Array
  /** Contacts of nodes to dial first, signed by those nodes. */
  readonly contacts: readonly Uint8Array[]
  /** Where renewal is asked for; the same service as for enrolment. */
  readonly urls: readonly string[]
}

const MAX_REPLY_BYTES = 512 * 1024

const reply: Struct<EnrolmentReply> = struct<EnrolmentReply>(
  'reply',
  {
    chain: required(1, listOf(bytesUpTo(1280, 1), 3, 3)),
    proof: optional(2, logProof),
    beacon: required(3, bytesUpTo(1280, 1)),
    statusList: required(4, bytesUpTo(256 * 1024, 1)),
    contacts: required(5, listOf(bytesUpTo(2560, 1), 64)),
    urls: required(6, listOf(serviceUrl, MAX_URLS)),
  },
  { version: 1, unknown: 'refuse' },
)

export function encodeReply(value: EnrolmentReply): Uint8Array {
  return encodeCbor(reply.encode(value))
}

/** @throws EnrolmentError REPLY_MALFORMED */
export function decodeReply(bytes: Uint8Array): EnrolmentReply {
  try {
    return reply.decode(decodeCbor(bytes, { maxBytes: MAX_REPLY_BYTES, maxDepth: 4, maxItems: 512 }), 'reply')
  } catch (cause) {
    throw new EnrolmentError('REPLY_MALFORMED', 'the reply is not in the form of this version', { cause })
  }
}

/** A reply as the service sends it: [reply, tag]. */
export function tagReply(
  invite: Pick<Invite, 'aco' | 'id' | 'secret'>,
  request: Uint8Array,
  encoded: Uint8Array,
): Uint8Array {
  return encodeCbor([encoded, replyTag(invite, request, encoded)])
}

/**
 * Checks the tag of a reply to `request` (as it was sent), and opens it.
 *
 * @throws EnrolmentError REPLY_TAG_INVALID, REPLY_MALFORMED
 */
export function untagReply(
  invite: Pick<Invite, 'aco' | 'id' | 'secret'>,
  request: Uint8Array,
  tagged: Uint8Array,
): EnrolmentReply {
  const [encoded, tag] = splitReply(tagged)
  if (!equalBytes(tag, replyTag(invite, request, encoded))) {
    throw new EnrolmentError(
      'REPLY_TAG_INVALID',
      'the reply was not made by the ACO that made the invite, or was changed',
    )
  }
  return decodeReply(encoded)
}

/**
 * Checks that a reply certifies `publicKey` under the pinned root.
 *
 * @throws EnrolmentError REPLY_KEY_MISMATCH; TrustError
 */
export async function acceptReply(
  crypto: Crypto,
  value: EnrolmentReply,
  root: Uint8Array,
  publicKey: Uint8Array,
): Promise<CertificateChain> {
  const chain = await verifyChain(crypto, value.chain, root)
  const own = chain[0].claims
  if (own.mesh.subject !== 'node' || compareBytes(own.publicKey, publicKey) !== 0) {
    throw new EnrolmentError('REPLY_KEY_MISMATCH', 'the reply certifies another key than the one that asked')
  }
  return chain
}

function splitReply(tagged: Uint8Array): readonly [Uint8Array, Uint8Array] {
  try {
    const parts = asArray(
      decodeCbor(tagged, { maxBytes: MAX_REPLY_BYTES + 64, maxDepth: 1, maxItems: 4 }),
      'tagged reply',
    )
    const [encoded, tag] = parts
    if (parts.length === 2 && encoded instanceof Uint8Array && tag instanceof Uint8Array && tag.length === 32)
      return [encoded, tag]
  } catch (cause) {
    throw new EnrolmentError('REPLY_MALFORMED', 'expected [reply, tag]', { cause })
  }
  throw new EnrolmentError('REPLY_MALFORMED', 'expected [reply, tag]')
}
