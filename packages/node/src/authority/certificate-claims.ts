import { type Certificate, type KemKey, type MeshClaim, type VerifiedCertificate } from '@intelmesh/protocol'
import { fromHex } from '@intelmesh/protocol'
import { AuthorityError } from './errors.ts'
import type { Grant } from './register.ts'

/** A holder whose clock is behind must not find its own certificate not yet valid. In seconds. */
const BACKDATE_SECONDS = 300
const DAY_SECONDS = 86_400

/** The claims of a node certificate issued at `at` (ms since the Unix epoch), within its issuer's validity. */
export function nodeClaims(
  issuer: VerifiedCertificate,
  grant: Grant & { readonly statusIndex: number; readonly at: number },
  holder: { readonly issuerId: Uint8Array; readonly publicKey: Uint8Array; readonly kemKey: KemKey },
): Certificate {
  const mesh: MeshClaim = {
    subject: 'node',
    issuer: holder.issuerId,
    organisation: fromHex(grant.organisation),
    name: grant.name,
    cluster: issuer.claims.mesh.cluster,
    clearance: grant.clearance,
    kinds: [grant.kind],
    roles: grant.roles,
    duties: [],
    statusIndex: grant.statusIndex,
    kemKey: holder.kemKey,
  }
  return { ...validity(issuer.claims, grant.at, grant.days), publicKey: holder.publicKey, mesh }
}

/**
 * Validity of `days` from `at` (ms since the Unix epoch) in seconds, cut to what the issuer's own validity holds.
 *
 * @throws AuthorityError OPERATOR_EXPIRED when nothing is left of it
 */
export function validity(
  issuer: Pick<Certificate, 'notBefore' | 'expiresAt'>,
  at: number,
  days: number,
): Pick<Certificate, 'issuedAt' | 'notBefore' | 'expiresAt'> {
  const issuedAt = Math.floor(at / 1000)
  const notBefore = Math.max(issuer.notBefore, issuedAt - BACKDATE_SECONDS)
  const expiresAt = Math.min(issuer.expiresAt, issuedAt + Math.floor(days * DAY_SECONDS))
  if (expiresAt <= issuedAt || notBefore > issuedAt) {
    throw new AuthorityError(
      'OPERATOR_EXPIRED',
      "the operator's certificate is not valid now: renew it with the root key",
    )
  }
  return { issuedAt, notBefore, expiresAt }
}
