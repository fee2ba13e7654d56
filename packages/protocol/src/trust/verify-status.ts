import { keyIdOf, parseSign1, type Unverified, type Verified, verifySign1 } from '../cose/index.ts'
import type { Crypto } from '../crypto/index.ts'
import { compareBytes, EncodingError, toHex } from '../encoding/index.ts'
import { BEACON, type Beacon } from './beacon.ts'
import type { Subject, VerifiedCertificate } from './certificate.ts'
import { assertValidAt } from './chain.ts'
import { CONTACT, type Contact } from './contact.ts'
import { TrustError } from './errors.ts'
import { type Statement, STATEMENT } from './statement.ts'
import { STATUS_LIST, type StatusListToken } from './status-list.ts'

/** Whose word is asked for, and the certificates by which it is judged. */
export interface StatusTrust {
  /** Key id of the ACO's root, 32 bytes. */
  readonly aco: Uint8Array
  /**
   * The certificate of a root or operator by key id, verified up to the root; of several for one key, the one that
   * expires last.
   */
  readonly signer: (keyId: Uint8Array) => VerifiedCertificate | undefined
}

/** The certificate of a node by its SHA-256, verified up to the root. */
export type FindCertificate = (id: Uint8Array) => VerifiedCertificate | undefined

/** Who may sign: a beacon is the online word of an operator, a statement may come from an offline root too. */
const SIGNERS: Readonly<Record<'beacon' | 'statement', readonly Subject[]>> = {
  beacon: ['operator'],
  statement: ['operator', 'root'],
}

const MS_PER_SECOND = 1000

/** The `sub` of an ACO's status list. See docs/spec/status.md, "Status list". */
export function statusListSubject(aco: Uint8Array): string {
  return `urn:intelmesh:status:${toHex(aco)}`
}

/**
 * Parses a beacon and checks that an operator of the ACO signed it while its certificate was valid.
 *
 * @throws TrustError CERT_ROOT_UNKNOWN, CERT_UNKNOWN, STATUS_DUTY_MISSING, CERT_NOT_YET_VALID, CERT_EXPIRED
 * @throws CoseError, EncodingError
 * @see docs/spec/status.md, "Beacons"
 */
export async function verifyBeacon(
  crypto: Crypto,
  bytes: Uint8Array,
  trust: StatusTrust,
): Promise<Verified<Beacon>> {
  const beacon = parseSign1(BEACON, bytes)
  if (beacon.claims.nextUpdate <= beacon.claims.at) throw malformed('beacon', 'nextUpdate after at')
  return verifySigned(crypto, beacon, 'beacon', trust)
}

/**
 * Parses a statement and checks that the ACO's root or an operator of it signed it while its certificate was valid.
 *
 * @throws TrustError CERT_ROOT_UNKNOWN, CERT_UNKNOWN, STATUS_DUTY_MISSING, CERT_NOT_YET_VALID, CERT_EXPIRED
 * @throws CoseError, EncodingError
 * @see docs/spec/status.md, "Statements"
 */
export async function verifyStatement(
  crypto: Crypto,
  bytes: Uint8Array,
  trust: StatusTrust,
): Promise<Verified<Statement>> {
  const statement = parseSign1(STATEMENT, bytes)
  const { action, at, until, number } = statement.claims
  if (number < 1) throw malformed('statement', 'a number from 1')
  if (until !== undefined && (action !== 'suspend' || until <= at)) {
    throw malformed('statement', 'until only for a suspension, and after at')
  }
  return verifySigned(crypto, statement, 'statement', trust)
}

/**
 * Parses the status list that a verified beacon names. The beacon's hash selects it, and the operator that signed the
 * beacon must have signed the list: an older list, or another ACO's, does not pass.
 *
 * @throws TrustError STATUS_LIST_MISMATCH, CERT_UNKNOWN; CoseError, EncodingError
 * @see docs/spec/status.md, "Status list"
 */
export async function verifyStatusList(
  crypto: Crypto,
  bytes: Uint8Array,
  trust: StatusTrust & { readonly beacon: Verified<Beacon> },
): Promise<Verified<StatusListToken>> {
  const { listHash, signer } = trust.beacon.claims
  if (compareBytes(crypto.sha256(bytes), listHash) !== 0) {
    throw new TrustError('STATUS_LIST_MISMATCH', 'the list is not the one that the beacon names')
  }
  const list = parseSign1(STATUS_LIST, bytes)
  if (list.claims.subject !== statusListSubject(trust.aco)) {
    throw new TrustError('STATUS_LIST_MISMATCH', 'the list is about the members of another ACO')
  }
  return verifySign1(crypto, list, signerOf(trust, signer).claims.publicKey)
}

/**
 * Parses a contact and checks that the node it is about signed it, with the key of the certificate that it names.
 *
 * @throws TrustError CERT_UNKNOWN, CERT_KEY_MISMATCH, CERT_NOT_YET_VALID, CERT_EXPIRED; CoseError, EncodingError
 * @see docs/spec/status.md, "Register of nodes"
 */
export async function verifyContact(
  crypto: Crypto,
  bytes: Uint8Array,
  find: FindCertificate,
): Promise<Verified<Contact>> {
  const contact = parseSign1(CONTACT, bytes)
  const certificate = find(contact.claims.certificate)?.claims
  if (certificate === undefined)
    throw new TrustError('CERT_UNKNOWN', 'the contact names a certificate that is not held')
  const isOwn = compareBytes(keyIdOf(crypto, certificate.publicKey), contact.claims.node) === 0
  if (!isOwn || certificate.mesh.subject !== 'node') {
    throw new TrustError('CERT_KEY_MISMATCH', 'the contact is about another key than its certificate')
  }
  assertValidAt(certificate, Math.floor(contact.claims.at / MS_PER_SECOND))
  return verifySign1(crypto, contact, certificate.publicKey)
}

async function verifySigned<T extends Pick<Beacon, 'aco' | 'at' | 'signer'>>(
  crypto: Crypto,
  object: Unverified<T>,
  kind: keyof typeof SIGNERS,
  trust: StatusTrust,
): Promise<Verified<T>> {
  const { aco, at, signer } = object.claims
  if (compareBytes(aco, trust.aco) !== 0)
    throw new TrustError('CERT_ROOT_UNKNOWN', `the ${kind} is another ACO's`)
  const certificate = signerOf(trust, signer).claims
  if (!SIGNERS[kind].includes(certificate.mesh.subject) || !certificate.mesh.duties.includes('status')) {
    throw new TrustError(
      'STATUS_DUTY_MISSING',
      `a ${certificate.mesh.subject} without the duty status may not sign a ${kind}`,
    )
  }
  // A stolen key whose certificate ran out must not speak for the ACO any more, whenever its words arrive.
  assertValidAt(certificate, Math.floor(at / MS_PER_SECOND))
  return verifySign1(crypto, object, certificate.publicKey)
}

function signerOf(trust: StatusTrust, keyId: Uint8Array): VerifiedCertificate {
  const certificate = trust.signer(keyId)
  if (certificate === undefined)
    throw new TrustError('CERT_UNKNOWN', 'the signer is no known root or operator of the ACO')
  return certificate
}

function malformed(path: string, expected: string): EncodingError {
  return new EncodingError('STRUCT_MALFORMED', `${path}: expected ${expected}`)
}
