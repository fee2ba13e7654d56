import { randomBytes } from 'node:crypto'
import { homePaths, type RunningNode } from '@intelmesh/node'
import {
  BEACON,
  type Beacon,
  CONTACT,
  type Contact,
  encodeCbor,
  encodeControl,
  parseSign1,
  sealSign1,
  type Signer,
  sha256,
  STATEMENT,
  type Statement,
} from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { readMembership } from '../../packages/node/src/running/core.ts'
import { expectRefusal, type Forge, laySiege, type Siege } from '../support/attack.ts'
import { eventually } from '../support/eventually.ts'
import { type Author, authorOf, certify } from '../support/forge.ts'

const DAY = 86_400
/** Codes that depend on what the victim knows, or on its clock. */
const HONEST = ['CERT_UNKNOWN', 'CERT_NOT_LOGGED', 'NEWER_THAN_ME', 'FROM_FUTURE', 'EQUIVOCATION']

let siege: Siege
let beacon: Beacon
beforeAll(async () => {
  siege = await laySiege()
  const membership = await readMembership(homePaths(siege.mesh.home('alpha')))
  beacon = parseSign1(BEACON, membership.beacon).claims
})
afterAll(() => siege?.[Symbol.asyncDispose]())

const CASES: readonly (readonly [what: string, code: string, forge: Forge])[] = [
  ['no CBOR', 'CBOR_MALFORMED', () => new Uint8Array(8).fill(0x7b)],
  ['a kind that nobody has heard of', 'NEWER_THAN_ME', () => encodeCbor([99, new Uint8Array(8)])],
  ['a hundred thousand arrays in each other', 'CBOR_LIMIT', () => new Uint8Array(100_000).fill(0x81)],
  ['no pair', 'CONTROL_MALFORMED', () => encodeCbor([0])],
  [
    'a beacon in the place of a certificate',
    'COSE_TYP_MISMATCH',
    async () => certificate(await sealSign1(BEACON, beacon, siege.aco.operator.signer)),
  ],
  [
    'a certificate that a member issued',
    'CERT_LINK_FORBIDDEN',
    async ({ author }) => certificate((await certify(author)).certificate),
  ],
  [
    'a certificate by an issuer whom nobody knows',
    'CERT_UNKNOWN',
    async () => certificate((await certify(await certify(siege.aco.root))).certificate),
  ],
  [
    'a node certificate by the root',
    'CERT_LINK_FORBIDDEN',
    async () => certificate((await certify(siege.aco.root)).certificate),
  ],
  [
    'a certificate with another signature',
    'CERT_SIGNATURE_INVALID',
    async ({ author }) =>
      certificate((await certify({ ...siege.aco.operator, signer: author.signer })).certificate),
  ],
  [
    'a certificate for another cluster',
    'CERT_SCOPE_EXCEEDED',
    async () =>
      certificate((await certify(siege.aco.operator, { mesh: { cluster: 'energy.eu' } })).certificate),
  ],
  [
    'a certificate that outlives its issuer',
    'CERT_SCOPE_EXCEEDED',
    async () =>
      certificate(
        (
          await certify(siege.aco.operator, {
            claims: { expiresAt: Math.floor(Date.now() / 1000) + 9999 * DAY },
          })
        ).certificate,
      ),
  ],
  [
    'a node certificate with a duty',
    'CERT_SCOPE_EXCEEDED',
    async () => certificate((await certify(siege.aco.operator, { mesh: { duties: ['issue'] } })).certificate),
  ],
  [
    'an old certificate that is in no log',
    'CERT_NOT_LOGGED',
    async () =>
      certificate(
        (await certify(siege.aco.operator, { claims: { issuedAt: Math.floor(Date.now() / 1000) - 2 * DAY } }))
          .certificate,
      ),
  ],
  ['a certificate with a second root above it', 'CERT_UNKNOWN', async () => certificate(await secondRoot())],
  [
    'a statement by a member',
    'STATUS_DUTY_MISSING',
    async ({ author }) => statement({ signer: author.keyId }, author.signer),
  ],
  [
    'a statement in the name of the operator',
    'COSE_SIGNATURE_INVALID',
    async ({ author }) => statement({}, author.signer),
  ],
  [
    'a statement about the members of another ACO',
    'CERT_ROOT_UNKNOWN',
    () => statement({ aco: randomBytes(32) }),
  ],
  ['a statement without a number', 'STRUCT_MALFORMED', () => statement({ number: 0 })],
  [
    'a reinstatement with an end',
    'STRUCT_MALFORMED',
    () => statement({ action: 'reinstate', until: Date.now() + 1 }),
  ],
  [
    'a beacon by a member',
    'STATUS_DUTY_MISSING',
    ({ author }) => beaconOf({ signer: author.keyId }, author.signer),
  ],
  [
    'a beacon of tomorrow',
    'FROM_FUTURE',
    () => beaconOf({ at: Date.now() + 3_600_000, nextUpdate: Date.now() + 7_200_000 }),
  ],
  ['a beacon that ends before it begins', 'STRUCT_MALFORMED', () => beaconOf({ nextUpdate: 1 })],
  [
    'a second beacon with the number of the newest',
    'EQUIVOCATION',
    async () =>
      beaconOf({ number: (await siege.victim.api.status()).aco.beacon, nextUpdate: Date.now() + 1_000_000 }),
  ],
  [
    'a contact in the name of another node',
    'CERT_KEY_MISMATCH',
    ({ author }) => contact(author, { node: randomBytes(32) }),
  ],
  [
    'a contact under another certificate',
    'CERT_KEY_MISMATCH',
    ({ author }) => contact(author, { certificate: sha256(siege.aco.operator.certificate) }),
  ],
  ['a contact of tomorrow', 'FROM_FUTURE', ({ author }) => contact(author, { at: Date.now() + 3_600_000 })],
]

describe('a control object by gossip', () => {
  test.for(CASES)('that is %s is refused with %s', async ([, code, forge]) => {
    const action = HONEST.includes(code) ? 'ignore' : 'reject'
    const attacker = await siege.attackers.next()
    const bytes = await forge(attacker)
    const before = (await siege.victim.api.status()).aco.beacon
    await expectRefusal(siege, { attacker, send: () => attacker.gossip('control', bytes), code, action })
    const { certificate: own, aco } = await siege.victim.api.status()
    expect(own.standing).toBe('good')
    expect(aco.beacon).toBeLessThanOrEqual(before + 1)
  })

  it('narrows at each link: a registrar may not give more than it has', async () => {
    const attacker = await siege.attackers.next()
    const before = await countOf(siege.victim)
    const registrar = await certify(siege.aco.root, {
      mesh: { subject: 'registrar', kinds: ['member'], duties: ['issue'], clearance: 'clear' },
    })
    await attacker.gossip('control', certificate(registrar.certificate))
    const wide = await certify(registrar, { mesh: { clearance: 'green' } })
    const send = (): Promise<void> => attacker.gossip('control', certificate(wide.certificate))
    await expectRefusal(siege, { attacker, send, code: 'CERT_SCOPE_EXCEEDED' })
    const narrow = await certify(registrar, { mesh: { clearance: 'clear' } })
    await attacker.gossip('control', certificate(narrow.certificate))
    await eventually(async () => expect(await countOf(siege.victim)).toBe(before + 2))
  })
})

function certificate(bytes: Uint8Array): Uint8Array {
  return encodeControl({ kind: 'certificate', bytes })
}

/** A root that nobody was joined under, which certified itself. */
async function secondRoot(): Promise<Uint8Array> {
  const secretKey = randomBytes(32)
  const { certificate: bytes } = await certify(authorOf(secretKey, siege.aco.root.certificate), {
    secretKey,
    mesh: { subject: 'root', kinds: [], duties: ['issue', 'status', 'log'] },
  })
  return bytes
}

async function statement(
  over: Partial<Statement>,
  signer: Signer = siege.aco.operator.signer,
): Promise<Uint8Array> {
  const { aco, signer: keyId } = beacon
  const keys = [siege.aco.operator.keyId]
  const claims: Statement = {
    aco,
    signer: keyId,
    number: 1,
    action: 'revoke',
    keys,
    reason: 'unspecified',
    at: Date.now(),
    heads: [],
  }
  return encodeControl({
    kind: 'statement',
    bytes: await sealSign1(STATEMENT, { ...claims, ...over }, signer),
  })
}

async function beaconOf(
  over: Partial<Beacon>,
  signer: Signer = siege.aco.operator.signer,
): Promise<Uint8Array> {
  const bytes = await sealSign1(BEACON, { ...beacon, number: 9999, ...over }, signer)
  return encodeControl({ kind: 'beacon', bytes })
}

async function contact(
  { keyId, certificate: own, signer }: Author,
  over: Partial<Contact>,
): Promise<Uint8Array> {
  const claims = { node: keyId, certificate: sha256(own), at: Date.now(), addresses: [] }
  return encodeControl({ kind: 'contact', bytes: await sealSign1(CONTACT, { ...claims, ...over }, signer) })
}

/** How many objects the victim's set `control` has. */
async function countOf(node: RunningNode): Promise<number> {
  return (await node.api.status()).sets['control']?.count ?? 0
}
