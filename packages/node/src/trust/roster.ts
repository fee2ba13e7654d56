import {
  type CertificateChain,
  type Crypto,
  CERTIFICATE,
  keyIdOf,
  parseSign1,
  toHex,
  TrustError,
  type VerifiedCertificate,
  verifyLink,
} from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'

/** A certificate whose chain holds, with the ids by which it is asked for. */
export interface KnownCertificate {
  /** SHA-256 of its bytes. */
  readonly id: Hex
  readonly keyId: Hex
  readonly certificate: VerifiedCertificate
}

/** The certificates of one cluster, as far as this node knows them. Holds nothing that does not verify up to its one root. */
export interface Roster {
  readonly root: KnownCertificate
  byId(id: Hex): KnownCertificate | undefined
  /** Certificates of a key, the one that ends last first. */
  ofKey(keyId: Hex): readonly KnownCertificate[]
  /** Node certificates of an organisation id (16 bytes). */
  ofOrganisation(organisation: Hex): readonly KnownCertificate[]
  all(): Iterable<KnownCertificate>
  /**
   * Verifies a certificate under an issuer that is known, and remembers it.
   *
   * @throws TrustError CERT_UNKNOWN while its issuer is not known; other codes when it is invalid
   */
  add(bytes: Uint8Array): Promise<KnownCertificate>
  /** The same without remembering. */
  verify(bytes: Uint8Array): Promise<KnownCertificate>
  /** Subject, issuer, root: the bytes of each. */
  chainOf(known: KnownCertificate): readonly Uint8Array[]
}

/** Starts a roster from a root certificate that the caller trusts. @throws TrustError */
export async function createRoster(crypto: Crypto, rootBytes: Uint8Array): Promise<Roster> {
  const parsed = parseSign1(CERTIFICATE, rootBytes)
  const root = describe(crypto, await verifyLink(crypto, parsed, parsed))
  const byId = new Map<Hex, KnownCertificate>([[root.id, root]])
  const byKey = new Map<Hex, KnownCertificate[]>([[root.keyId, [root]]])
  const byOrganisation = new Map<Hex, KnownCertificate[]>()

  async function verify(bytes: Uint8Array): Promise<KnownCertificate> {
    const known = byId.get(toHex(crypto.sha256(bytes)))
    if (known !== undefined) return known
    const candidate = parseSign1(CERTIFICATE, bytes)
    return describe(
      crypto,
      await verifyUnderAny(crypto, byKey.get(toHex(candidate.claims.mesh.issuer)) ?? [], candidate),
    )
  }

  return {
    root,
    byId: (id) => byId.get(id),
    ofKey: (keyId) => byKey.get(keyId) ?? [],
    ofOrganisation: (organisation) => byOrganisation.get(organisation) ?? [],
    all: () => byId.values(),
    verify,
    async add(bytes) {
      const known = await verify(bytes)
      if (byId.has(known.id)) return known
      byId.set(known.id, known)
      insert(byKey, known.keyId, known)
      if (known.certificate.claims.mesh.subject === 'node') {
        insert(byOrganisation, toHex(known.certificate.claims.mesh.organisation), known)
      }
      return known
    },
    chainOf(known) {
      const chain: Uint8Array[] = [known.certificate.bytes]
      if (known !== root) {
        const issuer = issuerOf(byKey, known)
        if (issuer !== undefined && issuer !== root) chain.push(issuer.certificate.bytes)
        chain.push(root.certificate.bytes)
      }
      return chain
    },
  }
}

/** A verified chain as roster entries; for chains that came whole, as in a handshake or a reply. */
export function describeChain(crypto: Crypto, chain: CertificateChain): readonly KnownCertificate[] {
  return chain.map((certificate) => describe(crypto, certificate))
}

function describe(crypto: Crypto, certificate: VerifiedCertificate): KnownCertificate {
  return {
    id: toHex(crypto.sha256(certificate.bytes)),
    keyId: toHex(keyIdOf(crypto, certificate.claims.publicKey)),
    certificate,
  }
}

/** An issuer's key may have several certificates over time: the one that covers the candidate decides. */
async function verifyUnderAny(
  crypto: Crypto,
  issuers: readonly KnownCertificate[],
  candidate: ReturnType<typeof parseSign1<VerifiedCertificate['claims']>>,
): Promise<VerifiedCertificate> {
  let fault: unknown
  for (const issuer of issuers) {
    try {
      return await verifyLink(crypto, issuer.certificate, candidate)
    } catch (error) {
      fault = error
    }
  }
  throw fault ?? new TrustError('CERT_UNKNOWN', 'the issuer of the certificate is not known here')
}

function issuerOf(
  byKey: ReadonlyMap<Hex, readonly KnownCertificate[]>,
  known: KnownCertificate,
): KnownCertificate | undefined {
  const { expiresAt, notBefore, mesh } = known.certificate.claims
  const issuers = byKey.get(toHex(mesh.issuer)) ?? []
  return issuers.find(
    ({ certificate: { claims } }) => claims.notBefore <= notBefore && claims.expiresAt >= expiresAt,
  )
}

function insert(index: Map<Hex, KnownCertificate[]>, key: Hex, known: KnownCertificate): void {
  const held = [...(index.get(key) ?? []), known]
  held.sort((a, b) => b.certificate.claims.expiresAt - a.certificate.claims.expiresAt)
  index.set(key, held)
}
