import {
  BEACON,
  CERTIFICATE,
  type Certificate,
  type ControlObject,
  DUTIES,
  keyIdOf,
  KINDS,
  type MeshClaim,
  packStatuses,
  ROLES,
  sealSign1,
  type Signer,
  STATUS_LIST,
  statusListSubject,
  utf8Bytes,
} from '@intelmesh/protocol'
import { nativeCrypto, nativeSignerOf, nativeZlib } from '../../../packages/node/src/crypto/index.ts'

/** A member that signs records. */
export interface CastMember {
  readonly signer: Signer
  /** Key id, 32 bytes. */
  readonly keyId: Uint8Array
  readonly certificate: Uint8Array
}

/** An ACO and its members, and all that a node has to know of them before it takes records. The same for one seed. */
export interface Cast {
  /** The root certificate. */
  readonly root: Uint8Array
  readonly foundation: readonly ControlObject[]
  readonly members: readonly CastMember[]
}

export const CLUSTER = 'finance.eu'
/** ms since the Unix epoch at which a corpus is looked at: fixed, so that its bytes depend on the seed alone. */
export const NOW: number = Date.UTC(2026, 10, 22, 8)
/** How far back the records of a corpus reach. */
export const SPAN_DAYS = 30
const MEMBERS = 8
const DAY = 86_400

export async function makeCast(seed: string): Promise<Cast> {
  const since = NOW / 1000 - (SPAN_DAYS + 1) * DAY
  const digest = (name: string): Uint8Array => nativeCrypto.sha256(utf8Bytes(`${seed} ${name}`))
  const claimsOf = (signer: Signer, mesh: MeshClaim): Certificate => ({
    // Of an hour ago: older certificates have to be in the ACO's log, which a bench does without.
    issuedAt: NOW / 1000 - 3600,
    notBefore: since,
    expiresAt: NOW / 1000 + 10 * DAY,
    publicKey: signer.publicKey,
    mesh,
  })
  const root = nativeSignerOf(digest('root'))
  const rootId = keyIdOf(nativeCrypto, root.publicKey)
  const all: MeshClaim = {
    subject: 'root',
    issuer: rootId,
    organisation: digest('aco').subarray(0, 16),
    name: 'Example ACO',
    cluster: CLUSTER,
    clearance: 'red',
    kinds: KINDS,
    roles: ROLES,
    duties: DUTIES,
  }
  const rootCertificate = await sealSign1(CERTIFICATE, claimsOf(root, all), root)
  const operator = nativeSignerOf(digest('operator'))
  const operatorId = keyIdOf(nativeCrypto, operator.publicKey)
  const operatorClaims = claimsOf(operator, { ...all, subject: 'operator' })
  const operatorCertificate = await sealSign1(CERTIFICATE, operatorClaims, root)

  const members = Array.from({ length: MEMBERS }, async (_, i): Promise<CastMember> => {
    const signer = nativeSignerOf(digest(`member ${i}`))
    const mesh: MeshClaim = {
      subject: 'node',
      issuer: operatorId,
      organisation: digest(`organisation ${i}`).subarray(0, 16),
      name: `Organisation ${i + 1}`,
      cluster: CLUSTER,
      clearance: 'green',
      kinds: ['member'],
      roles: [],
      duties: [],
      statusIndex: i,
    }
    const certificate = await sealSign1(CERTIFICATE, claimsOf(signer, mesh), operator)
    return { signer, keyId: keyIdOf(nativeCrypto, signer.publicKey), certificate }
  })

  const list = await sealSign1(
    STATUS_LIST,
    {
      subject: statusListSubject(rootId),
      issuedAt: NOW / 1000,
      list: packStatuses(
        nativeZlib,
        members.map(() => 'valid'),
      ),
    },
    operator,
  )
  const beacon = await sealSign1(
    BEACON,
    {
      aco: rootId,
      number: 1,
      at: NOW,
      nextUpdate: NOW + 3 * DAY * 1000,
      listHash: nativeCrypto.sha256(list),
      revoked: [],
      statements: 0,
      checkpoint: { size: 0, root: nativeCrypto.sha256(new Uint8Array(0)) },
      signer: operatorId,
    },
    operator,
  )
  const cast = await Promise.all(members)
  return {
    root: rootCertificate,
    foundation: [
      { kind: 'certificate', bytes: operatorCertificate },
      { kind: 'beacon', bytes: beacon },
      { kind: 'status-list', bytes: list },
      ...cast.map(({ certificate }) => ({ kind: 'certificate' as const, bytes: certificate })),
    ],
    members: cast,
  }
}
