import {
  assertLogged,
  assertValidAt,
  codeOf,
  type Compartment,
  type Crypto,
  decodeHello,
  keyIdOf,
  maySee,
  MERGE_DELAY_MS,
  type MembershipHello,
  parseSign1,
  BEACON,
  toHex,
  TrustError,
  verifyBeacon,
  verifyChain,
  VERSIONS,
} from '@intelmesh/protocol'
import type { Membership, MembershipVerdict } from '../network/index.ts'
import type { Hex } from '../store/index.ts'
import type { Trust } from './interface.ts'
import { statusTrust } from './judge-control.ts'
import { describeChain, type KnownCertificate } from './roster.ts'

export interface MembershipComponents {
  readonly trust: Trust
  readonly crypto: Crypto
  readonly clock: () => number
  /** The own newest certificate. */
  readonly own: () => KnownCertificate
}

/** Codes that a peer may be told, since it has proved a membership that they are about. */
const TOLD: ReadonlySet<string> = new Set([
  'CERT_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_SUSPENDED',
  'CERT_CLUSTER_MISMATCH',
  'CERT_NOT_LOGGED',
  'STATUS_STALE',
  'VERSION_MISMATCH',
])

/** How this node proves its membership, and judges that of others. See docs/spec/channel.md. */
export function createMembership({ trust, crypto, clock, own }: MembershipComponents): Membership {
  let lastProof: { readonly made: string; readonly proof: MembershipHello['proof'] } | undefined

  return {
    async hello() {
      const known = own()
      const beacon = trust.beacon
      if (beacon === undefined) throw new TrustError('STATUS_STALE', 'no beacon of the ACO has come yet')
      const made = `${known.id} ${beacon.claims.number}`
      // Making a proof reads the whole log: once a beacon is enough for every peer that is met under it.
      if (lastProof?.made !== made || lastProof.proof === undefined)
        lastProof = { made, proof: await trust.proofOf(known) }
      const { proof } = lastProof
      const chain = trust.roster.chainOf(known)
      return {
        versions: VERSIONS,
        aco: trust.roster.root.certificate.claims.mesh.issuer,
        chain,
        beacon: beacon.bytes,
        ...(proof && { proof }),
      }
    },
    async judge(bytes, provenKey) {
      try {
        return await judge(bytes, provenKey)
      } catch (error) {
        const code = codeOf(error) ?? 'INTERNAL'
        return { admitted: false, code, isKnownMember: TOLD.has(code) }
      }
    },
    maySee(node, compartment) {
      return peerMaySee(trust, clock(), node, compartment)
    },
  }

  async function judge(bytes: Uint8Array, provenKey: Uint8Array): Promise<MembershipVerdict> {
    const hello = decodeHello(bytes)
    if (toHex(hello.aco) !== trust.aco) return judgeStranger(crypto, hello)
    const chain = describeChain(crypto, await verifyChain(crypto, hello.chain, hello.aco))
    const peer = chain[0] as KnownCertificate
    const claims = peer.certificate.claims
    if (claims.mesh.subject !== 'node')
      throw new TrustError('CERT_LINK_FORBIDDEN', 'expected a node certificate')
    if (peer.keyId !== toHex(keyIdOf(crypto, provenKey))) {
      throw new TrustError('CERT_KEY_MISMATCH', 'the certified key is not the one that the channel proved')
    }
    // Only of a member: a stranger could otherwise make this node ask for an upgrade.
    assertVersions(trust, hello.versions)
    await takeBeacon(chain, hello)
    assertValidAt(claims, clock() / 1000)
    await assertStanding(peer, hello)
    await takeChain(chain)
    return {
      admitted: true,
      peer: { node: peer.keyId, certificate: peer.id, notAfter: claims.expiresAt * 1000 },
    }
  }

  /** The peer's beacon counts when it is the newer one, so that a revocation reaches this node by whoever knows of it. */
  async function takeBeacon(chain: readonly KnownCertificate[], hello: MembershipHello): Promise<void> {
    const theirs = parseSign1(BEACON, hello.beacon)
    if (theirs.claims.number <= (trust.beacon?.claims.number ?? -1)) return
    await trust.admit(
      [
        ...chain
          .slice(1, -1)
          .map((issuer) => ({ kind: 'certificate' as const, bytes: issuer.certificate.bytes })),
        { kind: 'beacon', bytes: hello.beacon },
      ],
      chain[0]?.keyId ?? '',
    )
  }

  async function assertStanding(peer: KnownCertificate, hello: MembershipHello): Promise<void> {
    const standing = trust.standing(peer.keyId)
    if (standing === 'revoked' || isNewlyRevoked(peer))
      throw new TrustError('CERT_REVOKED', 'the certificate is revoked')
    if (standing === 'suspended') throw new TrustError('CERT_SUSPENDED', 'the member is suspended')
    if (trust.roster.byId(peer.id) !== undefined) return
    if (!trust.isFresh())
      throw new TrustError('STATUS_STALE', 'no new certificate is accepted while the status is stale')
    await assertInLog(peer, hello)
  }

  /** A beacon names revoked indices before the roster knows whose they are. */
  function isNewlyRevoked(peer: KnownCertificate): boolean {
    const index = peer.certificate.claims.mesh.statusIndex
    return index !== undefined && (trust.beacon?.claims.revoked.includes(index) ?? false)
  }

  async function assertInLog(peer: KnownCertificate, { proof, beacon }: MembershipHello): Promise<void> {
    if (await trust.isLogged(peer)) return
    if (proof !== undefined) {
      const { claims } = await verifyBeacon(crypto, beacon, statusTrust(trust.roster))
      return assertLogged(crypto, peer.certificate.bytes, proof, claims.checkpoint)
    }
    const age = clock() - peer.certificate.claims.issuedAt * 1000
    if (age >= MERGE_DELAY_MS)
      throw new TrustError('CERT_NOT_LOGGED', 'the certificate came without proof that it is in the log')
  }

  /** Its inclusion was checked above: a newcomer has to know its first peer before it can ask it for the log. */
  async function takeChain(chain: readonly KnownCertificate[]): Promise<void> {
    const unknown = chain.filter((known) => trust.roster.byId(known.id) === undefined)
    if (unknown.length === 0) return
    await trust.admit(
      unknown.map((known) => ({ kind: 'certificate', bytes: known.certificate.bytes })),
      chain[0]?.keyId ?? '',
      new Set(chain.slice(0, 1).map(({ id }) => id)),
    )
  }
}

/** Whether a peer may have a compartment at this moment. */
export function peerMaySee(trust: Trust, nowMs: number, node: Hex, compartment: Compartment): boolean {
  const known = trust.roster.ofKey(node)[0]
  if (known === undefined) return false
  const { cluster, clearance } = known.certificate.claims.mesh
  const context = { hour: Math.floor(nowMs / 3_600_000), isFresh: trust.isFresh() }
  return maySee({ kind: 'member', cluster, clearance, standing: trust.standing(node) }, compartment, {
    cluster: trust.cluster,
    context,
  }).allowed
}

/** A member of another ACO learns that it knocked at the wrong cluster; anybody else learns nothing. */
async function judgeStranger(crypto: Crypto, hello: MembershipHello): Promise<MembershipVerdict> {
  await verifyChain(crypto, hello.chain, hello.aco)
  return { admitted: false, code: 'CERT_CLUSTER_MISMATCH', isKnownMember: true }
}

function assertVersions(trust: Trust, versions: readonly number[]): void {
  if (versions.some((version) => VERSIONS.includes(version))) return
  if (Math.max(...versions) > Math.max(...VERSIONS)) trust.upgradeNeeded = true
  throw new TrustError('VERSION_MISMATCH', `the peer speaks none of ${VERSIONS.join(', ')}`)
}
