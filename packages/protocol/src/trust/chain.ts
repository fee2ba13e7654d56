import { type CoseError, keyIdOf, parseSign1, verifySign1 } from '../cose/index.ts'
import { type Crypto, isPublicKey } from '../crypto/index.ts'
import { compareBytes } from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { isWithin } from '../tlp.ts'
import {
  type Certificate,
  CERTIFICATE,
  type Duty,
  type ParsedCertificate,
  type Subject,
  type VerifiedCertificate,
} from './certificate.ts'
import { TrustError } from './errors.ts'

/** Subject first, root last. */
export type CertificateChain = readonly [VerifiedCertificate, ...VerifiedCertificate[]]

/** Who may issue whom. A chain is a path through this table, so it has three links at most. */
const MAY_ISSUE: Readonly<Record<Subject, readonly Subject[]>> = {
  root: ['root', 'operator', 'registrar'],
  operator: ['node'],
  registrar: ['node'],
  node: [],
}

/** The duties that a subject's certificate may name. */
const MAY_HAVE: Readonly<Record<Subject, readonly Duty[]>> = {
  root: ['issue', 'status', 'log'],
  operator: ['issue', 'status', 'log'],
  registrar: ['issue'],
  node: [],
}

/** Each link may only narrow: one row per claim, true where the issued claim is within the issuer's. */
const NARROWS: Readonly<Record<string, (issuer: Certificate, issued: Certificate) => boolean>> = {
  cluster: (issuer, issued) => issued.mesh.cluster === issuer.mesh.cluster,
  clearance: (issuer, issued) => isWithin(issued.mesh.clearance, issuer.mesh.clearance),
  kinds: (issuer, issued) => isSubset(issued.mesh.kinds, issuer.mesh.kinds),
  roles: (issuer, issued) => isSubset(issued.mesh.roles, issuer.mesh.roles),
  duties: (issuer, issued) => isSubset(issued.mesh.duties, issuer.mesh.duties),
  notBefore: (issuer, issued) => issued.notBefore >= issuer.notBefore,
  expiresAt: (issuer, issued) => issued.expiresAt <= issuer.expiresAt,
}

const MAX_CHAIN = 3

/**
 * Verifies a chain up to the root whose key id is `root`. Says nothing about time and revocation, which change:
 * ask {@link assertValidAt} and the ACO's status for those.
 *
 * @throws TrustError with one code per rule; EncodingError, CoseError for malformed bytes
 * @see docs/spec/certificates.md, "Path validation"
 */
export async function verifyChain(
  crypto: Crypto,
  encoded: readonly Uint8Array[],
  root: Uint8Array,
): Promise<CertificateChain> {
  if (encoded.length < 1 || encoded.length > MAX_CHAIN) {
    throw new TrustError(
      'CERT_CHAIN_LENGTH',
      `expected 1 to ${MAX_CHAIN} certificates, got ${encoded.length}`,
    )
  }
  const chain = encoded.map((bytes) => parseSign1(CERTIFICATE, bytes))
  const anchor = chain[chain.length - 1] as ParsedCertificate
  if (anchor.claims.mesh.subject !== 'root' || !isKey(crypto, anchor.claims, root)) {
    throw new TrustError('CERT_ROOT_UNKNOWN', 'the chain does not end in the root that this node trusts')
  }
  const path: VerifiedCertificate[] = []
  for (const [i, issued] of chain.entries())
    path.push(await verifyLink(crypto, chain[i + 1] ?? anchor, issued))
  return path as [VerifiedCertificate, ...VerifiedCertificate[]]
}

/**
 * Verifies that `issuer`, which the caller trusts already, may have issued `issued`, and did.
 *
 * @throws TrustError CERT_ISSUER_MISMATCH, CERT_LINK_FORBIDDEN, CERT_SCOPE_EXCEEDED, CERT_KEY_INVALID, CERT_SIGNATURE_INVALID
 */
export async function verifyLink(
  crypto: Crypto,
  issuer: ParsedCertificate,
  issued: ParsedCertificate,
): Promise<VerifiedCertificate> {
  const claims = issued.claims
  if (!isKey(crypto, issuer.claims, claims.mesh.issuer)) {
    throw new TrustError('CERT_ISSUER_MISMATCH', 'the certificate names another issuer')
  }
  const isRoot = issuer === issued
  if (
    !MAY_ISSUE[issuer.claims.mesh.subject].includes(claims.mesh.subject) ||
    (claims.mesh.subject === 'root') !== isRoot
  ) {
    throw new TrustError(
      'CERT_LINK_FORBIDDEN',
      `${issuer.claims.mesh.subject} may not issue ${claims.mesh.subject}`,
    )
  }
  if (!issuer.claims.mesh.duties.includes('issue')) {
    throw new TrustError('CERT_SCOPE_EXCEEDED', 'the issuer has no duty to issue')
  }
  for (const [claim, narrows] of Object.entries(NARROWS)) {
    if (!narrows(issuer.claims, claims))
      throw new TrustError('CERT_SCOPE_EXCEEDED', `${claim} is wider than the issuer's`)
  }
  assertShape(claims)
  return signedBy(crypto, issued, issuer.claims.publicKey)
}

/**
 * @throws TrustError CERT_NOT_YET_VALID before `notBefore`; CERT_EXPIRED at `expiresAt` and after it
 * @see RFC 8392 sections 3.1.4 and 3.1.5
 */
export function assertValidAt(certificate: Certificate, atSeconds: number): void {
  if (atSeconds < certificate.notBefore)
    throw new TrustError('CERT_NOT_YET_VALID', 'the certificate is not yet valid')
  if (atSeconds >= certificate.expiresAt) throw new TrustError('CERT_EXPIRED', 'the certificate has expired')
}

/** What must hold of a certificate by itself, by its subject. */
function assertShape(certificate: Certificate): void {
  const { mesh } = certificate
  const isNode = mesh.subject === 'node'
  const wellFormed =
    certificate.notBefore < certificate.expiresAt &&
    isSubset(mesh.duties, MAY_HAVE[mesh.subject]) &&
    (mesh.statusIndex !== undefined) === isNode &&
    (isNode ? mesh.kinds.length === 1 : mesh.kemKey === undefined)
  if (!wellFormed)
    throw new TrustError('CERT_SCOPE_EXCEEDED', `the claims do not fit a ${mesh.subject} certificate`)
  if (!isPublicKey(certificate.publicKey))
    throw new TrustError('CERT_KEY_INVALID', 'the key is not an acceptable Ed25519 key')
}

async function signedBy(
  crypto: Crypto,
  issued: ParsedCertificate,
  key: Uint8Array,
): Promise<VerifiedCertificate> {
  try {
    return await verifySign1(crypto, issued, key)
  } catch (error) {
    if (codeOf(error) !== ('COSE_SIGNATURE_INVALID' satisfies CoseError['code'])) throw error
    throw new TrustError('CERT_SIGNATURE_INVALID', 'the certificate is not signed by its issuer', {
      cause: error,
    })
  }
}

function isKey(crypto: Crypto, certificate: Certificate, keyId: Uint8Array): boolean {
  return compareBytes(keyIdOf(crypto, certificate.publicKey), keyId) === 0
}

function isSubset<T>(part: readonly T[], whole: readonly T[]): boolean {
  return part.every((item) => whole.includes(item))
}
