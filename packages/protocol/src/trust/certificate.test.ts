import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { claimsOf, issue, NODE, OPERATOR } from '../../../../test/protocol/authority.ts'
import { parseSign1 } from '../cose/index.ts'
import { compareBytes, encodeCbor } from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { TLP_LABELS } from '../tlp.ts'
import { BEACON, MAX_BEACON_REVOKED } from './beacon.ts'
import { assertClusterName, CERTIFICATE, DUTIES, KINDS, ROLES, SUBJECTS } from './certificate.ts'
import { CONTACT, type Contact } from './contact.ts'
import { CONTROL_KINDS, decodeControl, encodeControl } from './control-object.ts'
import { ACTIONS, MAX_HEADS, REASONS, STATEMENT } from './statement.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const uint = fc.maxSafeNat()
const name = fc.string({ unit: fc.constantFrom(...Array.from('abc åß銀🏦')), minLength: 1, maxLength: 50 })
const address = fc.string({ unit: fc.constantFrom(...Array.from('abc/.09')), minLength: 1, maxLength: 160 })

const certificate = fc.record({
  expiresAt: uint,
  notBefore: uint,
  issuedAt: uint,
  publicKey: bytes(32),
  mesh: fc.record(
    {
      subject: fc.constantFrom(...SUBJECTS),
      issuer: bytes(32),
      organisation: bytes(16),
      name,
      cluster: fc.constantFrom('finance.eu', 'a.b', 'x-1.y-2'),
      clearance: fc.constantFrom(...TLP_LABELS),
      kinds: fc.subarray([...KINDS]),
      roles: fc.subarray([...ROLES]),
      duties: fc.subarray([...DUTIES]),
      statusIndex: fc.nat(999_999),
      kemKey: fc.record({ id: bytes(8), publicKey: bytes(32) }),
    },
    {
      requiredKeys: [
        'subject',
        'issuer',
        'organisation',
        'name',
        'cluster',
        'clearance',
        'kinds',
        'roles',
        'duties',
      ],
    },
  ),
})
const head = fc.record({ chain: bytes(16), seq: fc.nat(0xffff_ffff), hash: bytes(32) })
const statement = fc.record(
  {
    aco: bytes(32),
    number: uint,
    action: fc.constantFrom(...ACTIONS),
    keys: fc
      .uniqueArray(bytes(32), { selector: String, minLength: 1, maxLength: 4 })
      .map((keys) => keys.toSorted(compareBytes)),
    reason: fc.constantFrom(...REASONS),
    at: uint,
    until: uint,
    heads: fc.array(head, { maxLength: 4 }),
    signer: bytes(32),
  },
  { requiredKeys: ['aco', 'number', 'action', 'keys', 'reason', 'at', 'heads', 'signer'] },
)
const beacon = fc.record({
  aco: bytes(32),
  number: uint,
  at: uint,
  nextUpdate: uint,
  listHash: bytes(32),
  revoked: fc.array(uint, { maxLength: MAX_BEACON_REVOKED }),
  statements: uint,
  checkpoint: fc.record({ size: uint, root: bytes(32) }),
  signer: bytes(32),
})
const contact: fc.Arbitrary<Contact> = fc.record({
  node: bytes(32),
  certificate: bytes(32),
  at: uint,
  addresses: fc.array(address, { maxLength: 8 }),
})

describe('signed trust objects', () => {
  test('a certificate is read back', () => roundTrip(CERTIFICATE.payload, certificate))
  test('a statement is read back', () => roundTrip(STATEMENT.payload, statement))
  test('a beacon is read back', () => roundTrip(BEACON.payload, beacon))
  test('a contact is read back', () => roundTrip(CONTACT.payload, contact))

  it('fit their limits at their largest', () => {
    const largest = {
      aco: new Uint8Array(32),
      number: Number.MAX_SAFE_INTEGER,
      action: 'suspend' as const,
      keys: Array.from({ length: 256 }, (_, i) => new Uint8Array(32).fill(i)),
      reason: 'inactive' as const,
      at: Number.MAX_SAFE_INTEGER,
      until: Number.MAX_SAFE_INTEGER,
      heads: Array.from({ length: MAX_HEADS }, () => ({
        chain: new Uint8Array(16),
        seq: 0xffff_ffff,
        hash: new Uint8Array(32),
      })),
      signer: new Uint8Array(32),
    }
    expect(encodeCbor(STATEMENT.payload.encode(largest)).length).toBeLessThanOrEqual(
      STATEMENT.limits.maxBytes,
    )
  })
})

describe(assertClusterName, () => {
  test.for(['finance.eu', 'a.b', 'a-b.c-d', '1.2', `${'a'.repeat(60)}.eu`])('takes %s', (cluster) => {
    expect(() => assertClusterName(cluster)).not.toThrow()
  })

  const bad = [
    '',
    'eu',
    'a.b.c',
    '.eu',
    'a.',
    '-a.b',
    'a-.b',
    'A.b',
    'a b.c',
    'a.b\n',
    'ä.eu',
    `${'a'.repeat(62)}.eu`,
  ]
  test.for(bad)('refuses %j, and so does a certificate', async (cluster) => {
    expect(() => assertClusterName(cluster)).toThrow(RangeError)
    const coded = await issue(claimsOf('node', NODE, OPERATOR, { cluster }), OPERATOR).catch(codeOf)
    expect(coded).toBe('STRUCT_MALFORMED')
  })
})

describe(encodeControl, () => {
  it('is read back', () => {
    const object = fc.record({ kind: fc.constantFrom(...CONTROL_KINDS), bytes: fc.uint8Array() })
    fc.assert(
      fc.property(object, (each) => {
        expect(decodeControl(encodeControl(each))).toEqual(each)
      }),
    )
  })

  test.for<[string, string, Uint8Array]>([
    ['a kind of a later version', 'NEWER_THAN_ME', encodeCbor([CONTROL_KINDS.length, new Uint8Array(1)])],
    ['a negative kind', 'STRUCT_MALFORMED', encodeCbor([-1, new Uint8Array(1)])],
    ['a kind in words', 'CONTROL_MALFORMED', encodeCbor(['beacon', new Uint8Array(1)])],
    ['no bytes', 'CONTROL_MALFORMED', encodeCbor([0, 'beacon'])],
    ['three elements', 'CONTROL_MALFORMED', encodeCbor([0, new Uint8Array(1), 1])],
    ['no array', 'STRUCT_MALFORMED', encodeCbor(0)],
    ['too many bytes', 'CBOR_LIMIT', encodeCbor([0, new Uint8Array(300_000)])],
  ])('refuses %s with %s', ([, code, input]) => {
    expect(codeFrom(() => decodeControl(input))).toBe(code)
  })
})

describe('a certificate', () => {
  it('is one kind of signed object and no other', async () => {
    const encoded = await issue(claimsOf('node', NODE, OPERATOR), OPERATOR)
    for (const kind of [BEACON, STATEMENT, CONTACT])
      expect(
        codeFrom(() => parseSign1(kind as never, encoded)),
        kind.typ,
      ).toMatch(/^(?:COSE_TYP_MISMATCH|CBOR_LIMIT)$/)
  })
})

function roundTrip<T>(
  kind: { encode(value: T): Parameters<typeof encodeCbor>[0]; decode(value: never, path: string): T },
  arbitrary: fc.Arbitrary<T>,
): void {
  fc.assert(
    fc.property(arbitrary, (each) => {
      expect(kind.decode(kind.encode(each) as never, 'object')).toEqual(each)
    }),
  )
}
