import { type Certificate, encodeReply, type KemKey, keyIdOf, toHex } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import type { Hex } from '../store/index.ts'
import { STATUS_LIST_KEY } from '../trust/index.ts'
import { nodeClaims } from './certificate-claims.ts'
import { contactsToOffer } from './contacts.ts'
import type { Desk } from './desk.ts'
import { AuthorityError } from './errors.ts'
import { type Grant, type MemberRow, readRow } from './register.ts'
import type { Logged, Transaction } from './transaction.ts'

/** A certificate as it goes to its holder. */
export interface Issued {
  readonly node: Hex
  readonly organisation: Hex
  /** SHA-256 of the certificate. */
  readonly certificate: Hex
  /** An enrolment reply without a tag. */
  readonly reply: Uint8Array
}

/** The key to certify. */
export interface Holder {
  readonly publicKey: Uint8Array
  readonly kemKey: KemKey
}

/**
 * Certifies a key under a grant, in one step: certificate, log entry, register, beacon and the reply made of them. A key that has
 * a certificate keeps its status index, and must be in good standing in the same organisation.
 *
 * @throws AuthorityError KEY_NOT_CERTIFIABLE, OPERATOR_EXPIRED, REGISTER_FULL
 */
export async function certifyKey(
  desk: Desk,
  step: Transaction,
  { grant, holder }: { grant: Grant; holder: Holder },
): Promise<Issued> {
  const node = toHex(keyIdOf(nativeCrypto, holder.publicKey))
  const { store, issuer } = desk
  const held = await readRow(store, 'member', node)
  assertCertifiable(held, grant)
  const statusIndex = held?.statusIndex ?? step.takeIndex()
  const { operator } = desk.chain()
  const claims = nodeClaims(
    operator,
    { ...grant, statusIndex, at: step.at },
    { ...holder, issuerId: issuer.operatorId },
  )
  const logged = await step.certify(claims, issuer.operator)
  step.put('member', node, memberRow(grant, claims, { statusIndex, certificate: logged.id }))
  const organisation = await readRow(store, 'org', grant.organisation)
  const nodes = organisation?.nodes ?? []
  step.put('org', grant.organisation, {
    name: grant.name,
    nodes: nodes.includes(node) ? nodes : [...nodes, node],
  })
  const reply = await replyWith(desk, step, { logged, isLocal: grant.isLocal })
  return { node, organisation: grant.organisation, certificate: logged.id, reply }
}

/** The register row of a key whose certificate was just issued. */
export function memberRow(
  grant: Grant,
  claims: Certificate,
  at: Pick<MemberRow, 'statusIndex' | 'certificate'>,
): MemberRow {
  const { organisation, name, kind, roles, clearance, days, isLocal } = grant
  const times = { issuedAt: claims.issuedAt * 1000, expiresAt: claims.expiresAt * 1000 }
  return { organisation, name, kind, roles, clearance, days, isLocal, ...at, ...times, standing: 'active' }
}

/** The reply that carries a certificate: it seals the step, since the proof must lead to the beacon's checkpoint. */
async function replyWith(
  desk: Desk,
  step: Transaction,
  { logged, isLocal }: { logged: Logged; isLocal: boolean },
): Promise<Uint8Array> {
  const beacon = await step.seal()
  const { operator, root } = desk.chain()
  const statusList = step.statusList ?? (await desk.store.control(STATUS_LIST_KEY))?.bytes
  if (statusList === undefined) {
    throw new AuthorityError(
      'AUTHORITY_MISMATCH',
      'the status list is missing: restore the home from a backup',
    )
  }
  return encodeReply({
    chain: [logged.bytes, operator.bytes, root.bytes],
    proof: logged.proof,
    beacon: beacon.bytes,
    statusList,
    contacts: await contactsToOffer(desk),
    urls: desk.urls(isLocal),
  })
}

/** A closed chain stays closed: a key that was revoked or lapsed is never certified again. */
function assertCertifiable(held: MemberRow | undefined, grant: Grant): void {
  if (held === undefined) return
  if (held.standing !== 'active') {
    throw new AuthorityError('KEY_NOT_CERTIFIABLE', `the key is ${held.standing}: join with a new key`)
  }
  if (held.organisation !== grant.organisation) {
    throw new AuthorityError(
      'KEY_NOT_CERTIFIABLE',
      'the key belongs to another organisation: join with a new key',
    )
  }
}
