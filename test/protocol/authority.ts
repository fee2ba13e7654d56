import {
  type Certificate,
  CERTIFICATE,
  keyIdOf,
  type MeshClaim,
  portableCrypto,
  sealSign1,
  type Signer,
  signerOf,
  type Subject,
} from '@intelmesh/protocol'

/** A key pair that is the same in every run. */
export interface Identity {
  readonly signer: Signer
  /** 32 bytes. */
  readonly keyId: Uint8Array
}

/** Seconds since the Unix epoch at which the certificates of {@link claimsOf} begin: 1 January 2027. */
export const BEGIN = 1_798_761_600
const DAY = 86_400

/** The identity whose seed is 32 times the byte `seed`. */
export function identityOf(seed: number): Identity {
  const signer = signerOf(new Uint8Array(32).fill(seed))
  return { signer, keyId: keyIdOf(portableCrypto, signer.publicKey) }
}

const OWN: Readonly<Record<Subject, Partial<MeshClaim>>> = {
  root: {
    kinds: ['member', 'expert'],
    roles: ['aco', 'isac', 'mssp'],
    duties: ['issue', 'status', 'log'],
    clearance: 'red',
  },
  operator: {
    kinds: ['member', 'expert'],
    roles: ['isac', 'mssp'],
    duties: ['issue', 'status', 'log'],
    clearance: 'red',
  },
  registrar: { kinds: ['member'], roles: ['mssp'], duties: ['issue'], clearance: 'amber' },
  node: { kinds: ['member'], roles: [], duties: [], clearance: 'green', statusIndex: 3 },
}

const DAYS: Readonly<Record<Subject, number>> = { root: 3650, operator: 365, registrar: 90, node: 14 }

/** What a well-formed certificate of this kind says, but for what `mesh` and `over` put in its place. */
export function claimsOf(
  subject: Subject,
  holder: Identity,
  issuer: Identity,
  mesh: Partial<MeshClaim> = {},
  over: Partial<Certificate> = {},
): Certificate {
  return {
    issuedAt: BEGIN,
    notBefore: BEGIN,
    expiresAt: BEGIN + DAYS[subject] * DAY,
    publicKey: holder.signer.publicKey,
    mesh: {
      subject,
      issuer: issuer.keyId,
      organisation: new Uint8Array(16).fill(holder.keyId[0] ?? 0),
      name: `Example ${subject}`,
      cluster: 'finance.eu',
      kinds: [],
      roles: [],
      duties: [],
      clearance: 'clear',
      ...OWN[subject],
      ...mesh,
    },
    ...over,
  }
}

/** Signs a certificate. */
export function issue(claims: Certificate, issuer: Identity): Promise<Uint8Array> {
  return sealSign1(CERTIFICATE, claims, issuer.signer)
}

export const ROOT: Identity = identityOf(1)
export const OPERATOR: Identity = identityOf(2)
export const NODE: Identity = identityOf(3)

/** Node, operator, root. */
export async function chainOf(
  node: Identity = NODE,
  mesh: Partial<MeshClaim> = {},
): Promise<readonly [Uint8Array, Uint8Array, Uint8Array]> {
  return [
    await issue(claimsOf('node', node, OPERATOR, mesh), OPERATOR),
    await issue(claimsOf('operator', OPERATOR, ROOT), ROOT),
    await issue(claimsOf('root', ROOT, ROOT), ROOT),
  ]
}
