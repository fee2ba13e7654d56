import { describe, expect, it, test } from 'vitest'
import { keyIdOf, sealSign1 } from '../cose/index.ts'
import { portableCrypto as crypto, sha256, type Signer, signerOf } from '../crypto/index.ts'
import { toHex, utf8Bytes } from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { BEACON, type Beacon } from './beacon.ts'
import { type Certificate, CERTIFICATE, type MeshClaim, type VerifiedCertificate } from './certificate.ts'
import { verifyChain } from './chain.ts'
import { CONTACT, type Contact } from './contact.ts'
import { type Statement, STATEMENT } from './statement.ts'
import { STATUS_LIST } from './status-list.ts'
import {
  statusListSubject,
  type StatusTrust,
  verifyBeacon,
  verifyContact,
  verifyStatement,
  verifyStatusList,
} from './verify-status.ts'

const ROOT = signerNamed('root')
const OPERATOR = signerNamed('operator')
const ISSUING_ONLY = signerNamed('issuing only')
const NODE = signerNamed('node')
const ACO = keyIdOf(crypto, ROOT.publicKey)
const AT = 1_800_000_000_000
const LIST = await sealSign1(
  STATUS_LIST,
  { subject: statusListSubject(ACO), issuedAt: 1, list: new Uint8Array(3) },
  OPERATOR,
)
const CERTIFICATES = await certificates()
const TRUST: StatusTrust = { aco: ACO, signer: (keyId) => CERTIFICATES.get(toHex(keyId)) }

describe(verifyBeacon, () => {
  it('takes the word of an operator whose certificate is valid at that time', async () => {
    expect((await verifyBeacon(crypto, await beaconBy(OPERATOR), TRUST)).claims.number).toBe(7)
  })

  test.for([
    ['another ACO', { aco: new Uint8Array(32) }, OPERATOR, 'CERT_ROOT_UNKNOWN'],
    ['a signer that nobody knows', { signer: new Uint8Array(32) }, OPERATOR, 'CERT_UNKNOWN'],
    ['another key than the named one', {}, NODE, 'COSE_SIGNATURE_INVALID'],
    ['an operator without the duty', { signer: idOf(ISSUING_ONLY) }, ISSUING_ONLY, 'STATUS_DUTY_MISSING'],
    ['the root', { signer: ACO }, ROOT, 'STATUS_DUTY_MISSING'],
    ['a node', { signer: idOf(NODE) }, NODE, 'STATUS_DUTY_MISSING'],
    [
      'a time after the operator has expired',
      { at: AT + 2_000_000, nextUpdate: AT + 3_000_000 },
      OPERATOR,
      'CERT_EXPIRED',
    ],
    ['a time before the operator began', { at: AT - 2_000_000 }, OPERATOR, 'CERT_NOT_YET_VALID'],
    ['a life that ends before it begins', { nextUpdate: AT }, OPERATOR, 'STRUCT_MALFORMED'],
  ] as const)('refuses %s', async ([, change, signer, code]) => {
    expect(await codeWhen(verifyBeacon(crypto, await beaconBy(signer, change), TRUST))).toBe(code)
  })

  it('does not take a statement for a beacon', async () => {
    expect(await codeWhen(verifyBeacon(crypto, await statementBy(OPERATOR), TRUST))).toBe('COSE_TYP_MISMATCH')
  })
})

describe(verifyStatement, () => {
  it('takes the word of an operator and of the root', async () => {
    expect((await verifyStatement(crypto, await statementBy(OPERATOR), TRUST)).claims.number).toBe(1)
    expect(
      (await verifyStatement(crypto, await statementBy(ROOT, { signer: ACO }), TRUST)).claims.number,
    ).toBe(1)
  })

  test.for([
    ['another ACO', { aco: new Uint8Array(32) }, 'CERT_ROOT_UNKNOWN'],
    ['the number 0', { number: 0 }, 'STRUCT_MALFORMED'],
    ['an end of a revocation', { until: AT + 1 }, 'STRUCT_MALFORMED'],
    ['a suspension that ends before it begins', { action: 'suspend', until: AT }, 'STRUCT_MALFORMED'],
    ['a time after the operator has expired', { at: AT + 2_000_000 }, 'CERT_EXPIRED'],
  ] as const)('refuses %s', async ([, change, code]) => {
    expect(await codeWhen(verifyStatement(crypto, await statementBy(OPERATOR, change), TRUST))).toBe(code)
  })
})

describe(verifyStatusList, () => {
  it('takes the list that the beacon names, signed by the signer of the beacon', async () => {
    const beacon = await verifyBeacon(crypto, await beaconBy(OPERATOR), TRUST)
    expect((await verifyStatusList(crypto, LIST, { ...TRUST, beacon })).claims.list).toEqual(
      new Uint8Array(3),
    )
  })

  it('refuses another list, one about another ACO, and one by another signer', async () => {
    const claims = { subject: statusListSubject(ACO), issuedAt: 1, list: new Uint8Array(3) }
    const named = async (list: Uint8Array): Promise<string | undefined> => {
      const beacon = await verifyBeacon(
        crypto,
        await beaconBy(OPERATOR, { listHash: crypto.sha256(list) }),
        TRUST,
      )
      return codeWhen(verifyStatusList(crypto, list, { ...TRUST, beacon }))
    }
    const beacon = await verifyBeacon(crypto, await beaconBy(OPERATOR), TRUST)
    const later = await sealSign1(STATUS_LIST, { ...claims, issuedAt: 2 }, OPERATOR)
    expect(await codeWhen(verifyStatusList(crypto, later, { ...TRUST, beacon }))).toBe('STATUS_LIST_MISMATCH')
    const foreign = await sealSign1(
      STATUS_LIST,
      { ...claims, subject: statusListSubject(new Uint8Array(32)) },
      OPERATOR,
    )
    expect(await named(foreign)).toBe('STATUS_LIST_MISMATCH')
    expect(await named(await sealSign1(STATUS_LIST, claims, NODE))).toBe('COSE_SIGNATURE_INVALID')
  })
})

describe(verifyContact, () => {
  const certificate = CERTIFICATES.get(toHex(idOf(NODE))) as VerifiedCertificate
  const operator = CERTIFICATES.get(toHex(idOf(OPERATOR))) as VerifiedCertificate
  const find = (id: Uint8Array): VerifiedCertificate | undefined =>
    [certificate, operator].find(({ bytes }) => toHex(crypto.sha256(bytes)) === toHex(id))

  it('takes the word of the node that it is about', async () => {
    expect((await verifyContact(crypto, await contactBy(NODE), find)).claims.addresses).toEqual([
      '/ip4/192.0.2.1/tcp/4650',
    ])
  })

  test.for([
    ['a certificate that is not held', { certificate: new Uint8Array(32) }, NODE, 'CERT_UNKNOWN'],
    ['a contact of another node', { node: idOf(OPERATOR) }, NODE, 'CERT_KEY_MISMATCH'],
    ['another signer', {}, OPERATOR, 'COSE_SIGNATURE_INVALID'],
    ['a time after the certificate', { at: AT + 2_000_000 }, NODE, 'CERT_EXPIRED'],
    [
      'an operator',
      { node: idOf(OPERATOR), certificate: crypto.sha256(operator.bytes) },
      OPERATOR,
      'CERT_KEY_MISMATCH',
    ],
  ] as const)('refuses %s', async ([, change, signer, code]) => {
    expect(await codeWhen(verifyContact(crypto, await contactBy(signer, change), find))).toBe(code)
  })

  function contactBy(signer: Signer, change: Partial<Contact> = {}): Promise<Uint8Array> {
    const id = crypto.sha256(certificate.bytes)
    const claims = { node: idOf(NODE), certificate: id, at: AT, addresses: ['/ip4/192.0.2.1/tcp/4650'] }
    return sealSign1(CONTACT, { ...claims, ...change }, signer)
  }
})

function beaconBy(signer: Signer, change: Partial<Beacon> = {}): Promise<Uint8Array> {
  const claims: Beacon = {
    aco: ACO,
    number: 7,
    at: AT,
    nextUpdate: AT + 1000,
    listHash: crypto.sha256(LIST),
    revoked: [],
    statements: 0,
    checkpoint: { size: 0, root: new Uint8Array(32) },
    signer: idOf(OPERATOR),
  }
  return sealSign1(BEACON, { ...claims, ...change }, signer)
}

function statementBy(signer: Signer, change: Partial<Statement> = {}): Promise<Uint8Array> {
  const claims: Statement = {
    aco: ACO,
    number: 1,
    action: 'revoke',
    keys: [idOf(NODE)],
    reason: 'ceased',
    at: AT,
    heads: [],
    signer: idOf(OPERATOR),
  }
  return sealSign1(STATEMENT, { ...claims, ...change }, signer)
}

/** A root, two operators and a node, all valid for 1,000 seconds around the time of the tests. */
async function certificates(): Promise<ReadonlyMap<string, VerifiedCertificate>> {
  const root = await sealed(ROOT, ROOT, { subject: 'root', duties: ['issue', 'status', 'log'] })
  const operator = await sealed(OPERATOR, ROOT, { subject: 'operator', duties: ['issue', 'status'] })
  const issuing = await sealed(ISSUING_ONLY, ROOT, { subject: 'operator', duties: ['issue'] })
  const node = await sealed(NODE, OPERATOR, { subject: 'node', duties: [], statusIndex: 0 })
  const chains = [
    [node, operator, root],
    [issuing, root],
  ]
  const verified = (await Promise.all(chains.map((chain) => verifyChain(crypto, chain, ACO)))).flat()
  return new Map(verified.map((each) => [toHex(idOf({ publicKey: each.claims.publicKey })), each]))
}

function sealed(holder: Signer, issuer: Signer, mesh: Partial<MeshClaim>): Promise<Uint8Array> {
  const claims: Certificate = {
    expiresAt: AT / 1000 + 1000,
    notBefore: AT / 1000 - 1000,
    issuedAt: AT / 1000,
    publicKey: holder.publicKey,
    mesh: {
      subject: 'node',
      issuer: idOf(issuer),
      organisation: new Uint8Array(16),
      name: 'Test',
      cluster: 'finance.eu',
      clearance: 'amber',
      kinds: ['member'],
      roles: [],
      duties: [],
      ...mesh,
    },
  }
  return sealSign1(CERTIFICATE, claims, issuer)
}

function idOf({ publicKey }: Pick<Signer, 'publicKey'>): Uint8Array {
  return keyIdOf(crypto, publicKey)
}

function signerNamed(name: string): Signer {
  return signerOf(sha256(utf8Bytes(name)))
}

function codeWhen(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => 'no error',
    (error: unknown) => codeOf(error),
  )
}
