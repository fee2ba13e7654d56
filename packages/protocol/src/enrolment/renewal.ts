import { parseSign1, sealSign1, type SignedKind, type Verified, verifySign1 } from '../cose/index.ts'
import type { Crypto, Signer } from '../crypto/index.ts'
import { bytesOf, compareBytes, required, struct, uint } from '../encoding/index.ts'
import { type KemKey, kemKey } from '../trust/index.ts'
import { EnrolmentError } from './invite.ts'

/** A node's request for a new certificate of its key, over a nonce that its ACO has just given. */
export interface Renewal {
  /** 16 bytes from the ACO. */
  readonly nonce: Uint8Array
  /** SHA-256 of the certificate to renew. */
  readonly certificate: Uint8Array
  /** Fresh at each renewal. */
  readonly kemKey: KemKey
  /** ms since the Unix epoch. */
  readonly at: number
}

/** How long after its expiry a certificate can still be renewed without a new invite, in ms. */
export const RENEWAL_GRACE_MS: number = 30 * 24 * 3_600_000

/** See docs/spec/enrolment.md, "Renewal". */
export const RENEWAL: SignedKind<Renewal> = {
  typ: 'application/vnd.intelmesh.renewal+cose',
  payload: struct<Renewal>(
    'renewal',
    {
      nonce: required(1, bytesOf(16)),
      certificate: required(2, bytesOf(32)),
      kemKey: required(3, kemKey),
      at: required(4, uint),
    },
    { version: 1, unknown: 'refuse' },
  ),
  limits: { maxBytes: 512, maxDepth: 3, maxItems: 24 },
}

export function sealRenewal(renewal: Renewal, signer: Signer): Promise<Uint8Array> {
  return sealSign1(RENEWAL, renewal, signer)
}

/** @throws EnrolmentError NONCE_UNKNOWN, RENEWAL_REFUSED; EncodingError; CoseError */
export async function openRenewal(
  crypto: Crypto,
  bytes: Uint8Array,
  expected: { readonly nonce: Uint8Array; readonly certificate: Uint8Array; readonly publicKey: Uint8Array },
): Promise<Verified<Renewal>> {
  const renewal = parseSign1(RENEWAL, bytes)
  if (compareBytes(renewal.claims.nonce, expected.nonce) !== 0) {
    throw new EnrolmentError(
      'NONCE_UNKNOWN',
      'the renewal is not over the nonce that was given: ask for a new one',
    )
  }
  if (compareBytes(renewal.claims.certificate, expected.certificate) !== 0) {
    throw new EnrolmentError('RENEWAL_REFUSED', 'the renewal is for another certificate')
  }
  return verifySign1(crypto, renewal, expected.publicKey)
}
