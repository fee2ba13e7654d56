import { confirmation, type SignedKind, type Unverified, type Verified } from '../cose/index.ts'
import {
  bytesOf,
  type FieldType,
  oneOf,
  optional,
  required,
  setOf,
  struct,
  type Struct,
  textThat,
  textUpTo,
  uint,
  uintUpTo,
} from '../encoding/index.ts'
import { TLP_LABELS, type TlpLabel } from '../tlp.ts'

/** What a certificate is for: its place in the chain. */
export const SUBJECTS = ['root', 'operator', 'registrar', 'node'] as const
export type Subject = (typeof SUBJECTS)[number]

/** How an organisation belongs to its cluster. */
export const KINDS = ['member', 'expert', 'partner', 'trainee'] as const
export type Kind = (typeof KINDS)[number]

export const ROLES = [
  'aco',
  'registrar',
  'mssp',
  'isac',
  'government',
  'learning',
  'gateway',
  'steward',
] as const
export type Role = (typeof ROLES)[number]

/** What a key may sign on behalf of its ACO: certificates, beacons and statements, log checkpoints. */
export const DUTIES = ['issue', 'status', 'log'] as const
export type Duty = (typeof DUTIES)[number]

/** A node's X25519 public key for HPKE, and the id by which wraps name it. */
export interface KemKey {
  readonly id: Uint8Array
  readonly publicKey: Uint8Array
}

/** The mesh's own claim inside the CWT. For an issuer, `kinds`, `roles` and `clearance` bound what it may grant. */
export interface MeshClaim {
  readonly subject: Subject
  /** Key id of the issuer, 32 bytes; a root names itself. */
  readonly issuer: Uint8Array
  /** Organisation id, 16 random bytes, the same over all keys and certificates of the organisation. */
  readonly organisation: Uint8Array
  /** The organisation's name as its ACO vouches for it. */
  readonly name: string
  /** `<sector>.<region>` */
  readonly cluster: string
  /** The narrowest label that the holder may receive. */
  readonly clearance: TlpLabel
  readonly kinds: readonly Kind[]
  readonly roles: readonly Role[]
  readonly duties: readonly Duty[]
  /** Place in the ACO's status list: one per node key, the same after renewal. Node certificates only. */
  readonly statusIndex?: number
  readonly kemKey?: KemKey
}

/** The claims of a certificate. Times are seconds since the Unix epoch, as CWT has them. */
export interface Certificate {
  readonly expiresAt: number
  readonly notBefore: number
  readonly issuedAt: number
  /** The holder's Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly mesh: MeshClaim
}

export type ParsedCertificate = Unverified<Certificate>
export type VerifiedCertificate = Verified<Certificate>

/** Node keys that one status list holds. */
export const MAX_STATUSES = 1_000_000

/** See docs/spec/certificates.md, "Certificate". */
export const kemKey: Struct<KemKey> = struct<KemKey>(
  'kemKey',
  { id: required(1, bytesOf(8)), publicKey: required(2, bytesOf(32)) },
  { unknown: 'refuse' },
)

/** `<sector>.<region>`: each part of lower-case letters, digits and inner hyphens, as in RFC 1123. */
const CLUSTER_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const MAX_CLUSTER_NAME = 64

/** The name of a cluster as {@link assertClusterName} takes it. */
export const clusterName: FieldType<string> = textThat(
  MAX_CLUSTER_NAME,
  (text) => CLUSTER_NAME.test(text),
  'characters of <sector>.<region>',
)

const meshClaim: Struct<MeshClaim> = struct<MeshClaim>(
  'mesh',
  {
    subject: required(1, oneOf(SUBJECTS)),
    issuer: required(2, bytesOf(32)),
    organisation: required(3, bytesOf(16)),
    name: required(4, textUpTo(100)),
    cluster: required(5, clusterName),
    clearance: required(6, oneOf(TLP_LABELS)),
    kinds: required(7, setOf(oneOf(KINDS), KINDS.length)),
    roles: required(8, setOf(oneOf(ROLES), ROLES.length)),
    duties: required(9, setOf(oneOf(DUTIES), DUTIES.length)),
    statusIndex: optional(10, uintUpTo(MAX_STATUSES - 1)),
    kemKey: optional(11, kemKey),
  },
  { version: 1, unknown: 'refuse' },
)

/** A membership certificate: a CWT (RFC 8392). See docs/spec/certificates.md, "Certificate". */
export const CERTIFICATE: SignedKind<Certificate> = {
  typ: 'application/vnd.intelmesh.certificate+cwt',
  payload: struct<Certificate>(
    'certificate',
    {
      expiresAt: required(4, uint),
      notBefore: required(5, uint),
      issuedAt: required(6, uint),
      publicKey: required(8, confirmation),
      mesh: required(-65537, meshClaim),
    },
    { unknown: 'refuse' },
  ),
  limits: { maxBytes: 1024, maxDepth: 6, maxItems: 96 },
}

/** @throws RangeError unless `name` is `<sector>.<region>` in lower-case letters, digits and inner hyphens */
export function assertClusterName(name: string): void {
  if (name.length > MAX_CLUSTER_NAME || !CLUSTER_NAME.test(name)) {
    throw new RangeError(`cluster: expected <sector>.<region> such as finance.eu`)
  }
}
