import {
  CERTIFICATE,
  EnrolmentError,
  keyIdOf,
  openRenewal,
  parseSign1,
  RENEWAL,
  RENEWAL_GRACE_MS,
  toHex,
  verifyLink,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import { certifyKey } from './certify-key.ts'
import type { Desk } from './desk.ts'
import type { NonceBook } from './nonces.ts'
import { type MemberRow, readRow } from './register.ts'

/** A member that asks for certificates without end would fill the log. In ms. */
const RENEWAL_INTERVAL_MS = 60_000

/**
 * Issues the next certificate of a key: same index, same grant, fresh KEM key. The answer is a reply without a tag, which
 * holds by its chain.
 *
 * @throws EnrolmentError NONCE_UNKNOWN, RENEWAL_REFUSED; EncodingError, CoseError, TrustError
 * @throws AuthorityError OPERATOR_EXPIRED
 * @see docs/spec/enrolment.md, "Renewal"
 */
export async function renew(
  desk: Desk,
  nonces: NonceBook,
  { renewal, certificate }: { readonly renewal: Uint8Array; readonly certificate: Uint8Array },
): Promise<Uint8Array> {
  const { nonce } = parseSign1(RENEWAL, renewal).claims
  if (!nonces.has(nonce))
    throw new EnrolmentError('NONCE_UNKNOWN', 'the nonce is unknown or too old: ask for a new one')
  const old = await verifyLink(nativeCrypto, desk.chain().operator, parseSign1(CERTIFICATE, certificate))
  const { publicKey } = old.claims
  const { claims } = await openRenewal(nativeCrypto, renewal, {
    nonce,
    certificate: nativeCrypto.sha256(certificate),
    publicKey,
  })
  // Only a signature that holds uses a nonce up, and only once.
  if (!nonces.take(nonce)) throw new EnrolmentError('NONCE_UNKNOWN', 'the nonce was used: ask for a new one')
  const node = toHex(keyIdOf(nativeCrypto, publicKey))
  return desk.transact(async (step) => {
    const grant = assertRenewable(await readRow(desk.store, 'member', node), step.at)
    const { reply } = await certifyKey(desk, step, { grant, holder: { publicKey, kemKey: claims.kemKey } })
    return reply
  })
}

function assertRenewable(row: MemberRow | undefined, at: number): MemberRow {
  if (row === undefined || row.standing !== 'active') {
    throw new EnrolmentError('RENEWAL_REFUSED', 'the key is not in good standing: ask the ACO')
  }
  if (at > row.expiresAt + RENEWAL_GRACE_MS) {
    throw new EnrolmentError(
      'RENEWAL_REFUSED',
      'the certificate expired more than 30 days ago: ask the ACO for an invite',
    )
  }
  if (at < row.issuedAt + RENEWAL_INTERVAL_MS) {
    throw new EnrolmentError('RENEWAL_REFUSED', 'the certificate was issued less than a minute ago')
  }
  return row
}
