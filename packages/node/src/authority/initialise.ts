import {
  assertClusterName,
  type Certificate,
  encodeReply,
  KINDS,
  type KemKey,
  keyIdOf,
  ROLES,
  type Signer,
  type Subject,
  toHex,
  type VerifiedCertificate,
  verifyChain,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import type { StoreChanges } from '../store/index.ts'
import { nodeClaims, validity } from './certificate-claims.ts'
import { memberRow } from './certify-key.ts'
import { DEFAULT_OPTIONS } from './desk.ts'
import { CHAIN_KEY, type ChainRow, type Grant } from './register.ts'
import { beginTransaction, EMPTY_STATE } from './transaction.ts'

/** What a new ACO is made of. */
export interface AuthorityDraft {
  readonly root: Signer
  readonly operator: Signer
  /** The key of the ACO's own node, and its KEM key. */
  readonly node: Signer
  readonly kemKey: KemKey
  /** The name that the ACO bears as an organisation. */
  readonly name: string
  /** `<sector>.<region>` */
  readonly cluster: string
  /** ms since the Unix epoch. */
  readonly at: number
  readonly random: (length: number) => Uint8Array
}

export interface AuthorityDraftOptions {
  /** @default 3,650 */
  readonly rootDays?: number
  /** @default 365: the root key is fetched from its safe once a year */
  readonly operatorDays?: number
  /** @default 72 hours */
  readonly nextUpdateMs?: number
}

/** A new ACO, not stored yet. */
export interface NewAuthority {
  /** All of it belongs into one commit of a new store. */
  readonly changes: StoreChanges
  /** Key id of the root, 32 bytes: the fingerprint by which members know this ACO. */
  readonly aco: Uint8Array
  /** What its own node joins with: an enrolment reply as others get it. Its contacts and addresses are empty. */
  readonly reply: Uint8Array
}

/**
 * Makes root, operator and the certificate of the ACO's own node, the log that begins with them, the first status list and the first
 * beacon.
 *
 * @throws RangeError for a cluster name of another form
 * @see docs/spec/certificates.md, "A new ACO"
 */
export async function initialiseAuthority(
  draft: AuthorityDraft,
  options: AuthorityDraftOptions = {},
): Promise<NewAuthority> {
  const { rootDays = 3650, operatorDays = 365, nextUpdateMs = DEFAULT_OPTIONS.nextUpdateMs } = options
  const { root, operator, node, kemKey, name, cluster, at, random } = draft
  assertClusterName(cluster)
  const aco = keyIdOf(nativeCrypto, root.publicKey)
  const operatorId = keyIdOf(nativeCrypto, operator.publicKey)
  const step = beginTransaction({ aco, operator, operatorId, nextUpdateMs }, EMPTY_STATE, at)
  const common = { name, cluster, issuer: aco, organisation: random(16) }

  const rootClaims = issuerClaims('root', common, {
    ...validity(ALWAYS, at, rootDays),
    publicKey: root.publicKey,
  })
  const rootCertificate = await step.certify(rootClaims, root)
  const times = validity(rootClaims, at, operatorDays)
  const operatorClaims = issuerClaims('operator', common, { ...times, publicKey: operator.publicKey })
  const operatorCertificate = await step.certify(operatorClaims, root)
  const path = [operatorCertificate.bytes, rootCertificate.bytes]
  const [issuer] = (await verifyChain(nativeCrypto, path, aco)) as readonly [VerifiedCertificate]

  const grant: Grant = {
    organisation: toHex(common.organisation),
    name,
    kind: 'member',
    roles: ['aco'],
    clearance: 'red',
    // It stands beside the operator's key, so a shorter life would protect nothing.
    days: operatorDays,
    isLocal: true,
  }
  const statusIndex = step.takeIndex()
  const claims = nodeClaims(
    issuer,
    { ...grant, statusIndex, at },
    { issuerId: operatorId, publicKey: node.publicKey, kemKey },
  )
  const own = await step.certify(claims, operator)
  const ownId = toHex(keyIdOf(nativeCrypto, node.publicKey))
  step.put('member', ownId, memberRow(grant, claims, { statusIndex, certificate: own.id }))
  step.put('org', grant.organisation, { name, nodes: [ownId] })
  const chain: ChainRow = {
    root: toHex(rootCertificate.bytes),
    operator: toHex(operatorCertificate.bytes),
    node: ownId,
  }
  step.putMeta(CHAIN_KEY, chain)

  const beacon = await step.seal()
  const { changes } = await step.finish()
  const statusList = step.statusList as Uint8Array
  const encoded = {
    chain: [own.bytes, ...path],
    proof: own.proof,
    beacon: beacon.bytes,
    statusList,
    contacts: [],
    urls: [],
  }
  return { changes, aco, reply: encodeReply(encoded) }
}

const ALWAYS = { notBefore: 0, expiresAt: Number.MAX_SAFE_INTEGER }

type Common = Pick<Certificate['mesh'], 'name' | 'cluster' | 'issuer' | 'organisation'>

/** The claims of a root or operator: all that the cluster may have, so that the ACO decides per member. */
function issuerClaims(
  subject: Extract<Subject, 'root' | 'operator'>,
  common: Common,
  rest: Omit<Certificate, 'mesh'>,
): Certificate {
  const duties = ['issue', 'status', 'log'] as const
  return { ...rest, mesh: { ...common, subject, clearance: 'red', kinds: KINDS, roles: ROLES, duties } }
}
