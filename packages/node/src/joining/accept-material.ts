import {
  acceptReply,
  assertLogged,
  assertValidAt,
  type Beacon,
  type CertificateChain,
  compareBytes,
  EnrolmentError,
  type EnrolmentReply,
  type KemKey,
  keyIdOf,
  type LogProof,
  MERGE_DELAY_MS,
  TrustError,
  unpackStatuses,
  type Verified,
  verifyBeacon,
  verifyStatusList,
} from '@intelmesh/protocol'
import { nativeCrypto, nativeZlib } from '../crypto/index.ts'

/** What a node holds after it joined or renewed, all of it checked against the pinned root. */
export interface Membership {
  /** Key id of the ACO's root, 32 bytes: the fingerprint that was pinned. */
  readonly aco: Uint8Array
  /** Node, operator, root. */
  readonly chain: CertificateChain
  /** Inclusion of the node's certificate under the beacon's checkpoint; absent within the merge delay. */
  readonly proof?: LogProof
  readonly beacon: Verified<Beacon>
  /** The signed list that the beacon names. */
  readonly statusList: Uint8Array
  /** Contacts as their nodes signed them; not checked, since their certificates are not held yet. */
  readonly contacts: readonly Uint8Array[]
  /** Where to renew. */
  readonly urls: readonly string[]
}

/** What a reply has to be about. */
export interface Expected {
  /** Key id of the ACO's root, 32 bytes. */
  readonly aco: Uint8Array
  /** The own Ed25519 key, 32 bytes. */
  readonly publicKey: Uint8Array
  readonly kemKey: KemKey
  /** ms since the Unix epoch. */
  readonly now: number
}

/**
 * Checks a reply whole: chain, keys, validity, beacon, status list, own status, and the log's proof of the certificate.
 *
 * @throws EnrolmentError REPLY_KEY_MISMATCH; TrustError; CoseError; EncodingError
 * @see docs/spec/enrolment.md, "Accepting a reply"
 */
export async function acceptMaterial(reply: EnrolmentReply, expected: Expected): Promise<Membership> {
  const { aco, publicKey, kemKey, now } = expected
  const chain = await acceptReply(nativeCrypto, reply, aco, publicKey)
  assertKemKey(chain, kemKey)
  for (const { claims } of chain) assertValidAt(claims, Math.floor(now / 1000))
  const trust = { aco, signer: signerAmong(chain) }
  const beacon = await verifyBeacon(nativeCrypto, reply.beacon, trust)
  const list = await verifyStatusList(nativeCrypto, reply.statusList, { ...trust, beacon })
  assertOwnStatus(chain, list.claims.list)
  assertInLog(chain, reply.proof, { beacon, now })
  const { proof, statusList, contacts, urls } = reply
  return { aco, chain, ...(proof && { proof }), beacon, statusList, contacts, urls }
}

/** The root's and the operator's certificates of a chain, by key id. */
function signerAmong(chain: CertificateChain): (keyId: Uint8Array) => CertificateChain[number] | undefined {
  return (keyId) =>
    chain.find(({ claims }) => compareBytes(keyIdOf(nativeCrypto, claims.publicKey), keyId) === 0)
}

/** What is sealed to another KEM key could never be read here. */
function assertKemKey([own]: CertificateChain, kemKey: KemKey): void {
  const certified = own.claims.mesh.kemKey
  const isOwn =
    certified !== undefined &&
    compareBytes(certified.id, kemKey.id) === 0 &&
    compareBytes(certified.publicKey, kemKey.publicKey) === 0
  if (!isOwn)
    throw new EnrolmentError(
      'REPLY_KEY_MISMATCH',
      'the reply certifies another KEM key than the one that asked',
    )
}

function assertOwnStatus([own]: CertificateChain, list: Uint8Array): void {
  const index = own.claims.mesh.statusIndex
  if (index === undefined) throw new TrustError('STATUS_INDEX_RANGE', 'the certificate names no status index')
  const status = unpackStatuses(nativeZlib, list).statusAt(index)
  if (status === 'valid') return
  const code = status === 'suspended' ? 'CERT_SUSPENDED' : 'CERT_REVOKED'
  throw new TrustError(code, `the status list says that the certificate is ${status}: ask the ACO`)
}

function assertInLog(
  [own]: CertificateChain,
  proof: LogProof | undefined,
  { beacon, now }: { readonly beacon: Verified<Beacon>; readonly now: number },
): void {
  if (proof !== undefined) return assertLogged(nativeCrypto, own.bytes, proof, beacon.claims.checkpoint)
  if (now <= own.claims.issuedAt * 1000 + MERGE_DELAY_MS) return
  throw new TrustError('CERT_NOT_LOGGED', 'the reply proves no place in the log, and the merge delay is over')
}
