import { randomBytes } from 'node:crypto'
import {
  BEACON,
  type CborMap,
  type CborValue,
  decodeCbor,
  encodeBatch,
  encodeCbor,
  encodeControl,
  type Header,
  HEADER,
  hlcAt,
  parseHeader,
  type TlpLabel,
  utf8Bytes,
} from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, it, expect, test } from 'vitest'
import { type AttackerPool, attackersOf, expectRefusal } from '../support/attack.ts'
import type { Attacker } from '../support/attacker.ts'
import { eventually } from '../support/eventually.ts'
import {
  type AcoKeys,
  batchOf,
  certify,
  leafOf,
  readAcoKeys,
  sealAnything,
  stixOf,
} from '../support/forge.ts'
import { type Mesh, startMesh } from '../support/mesh.ts'

const LIMITS = { maxBytes: 4096, maxDepth: 8, maxItems: 256 }
/** Key of the label in a leaf's clear part. */
const TLP_FIELD = 5
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

let mesh: Mesh
let aco: AcoKeys
let attackers: AttackerPool

beforeAll(async () => {
  mesh = await startMesh({ members: ['alpha', 'beta'] })
  aco = await readAcoKeys(mesh.home('aco'))
  attackers = attackersOf(mesh, mesh.node('alpha'))
})
afterAll(async () => {
  await attackers?.[Symbol.asyncDispose]()
  await mesh?.[Symbol.asyncDispose]()
})

type Forge = (attacker: Attacker) => Promise<Uint8Array> | Uint8Array

const CASES: readonly (readonly [what: string, code: string, forge: Forge])[] = [
  // Encoding
  ['bytes that are no CBOR', 'CBOR_MALFORMED', () => utf8Bytes('{"type":"bundle"}')],
  ['a batch cut short', 'CBOR_MALFORMED', async ({ author }) => (await batchOf(author)).bytes.slice(0, -1)],
  ['a length in its long form', 'CBOR_NOT_CANONICAL', inLongForm],
  [
    'a batch with something after it',
    'CBOR_MALFORMED',
    async ({ author }) => joined((await batchOf(author)).bytes, [0]),
  ],
  ['a hundred thousand arrays in each other', 'CBOR_LIMIT', () => new Uint8Array(100_000).fill(0x81)],
  [
    'an array of a length that nobody can hold',
    'CBOR_MALFORMED',
    () => Uint8Array.of(0x9b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
  ],
  [
    'a header with one key twice',
    'CBOR_NOT_CANONICAL',
    ({ author }) => signedAnew(author, { change: (bytes) => replaced(bytes, [0x04, 0x00], [0x03, 0x00]) }),
  ],
  [
    'a batch without its leaves',
    'BATCH_MALFORMED',
    async ({ author }) => encodeCbor([(await batchOf(author)).header]),
  ],
  // Signed objects
  ['a signature with one bit changed', 'COSE_SIGNATURE_INVALID', flipped],
  [
    'a signature by another key',
    'COSE_SIGNATURE_INVALID',
    async ({ author }) => (await batchOf(author, { signer: aco.operator.signer })).bytes,
  ],
  [
    'a header signed as another kind of object',
    'COSE_TYP_MISMATCH',
    ({ author }) => signedAnew(author, { typ: BEACON.typ }),
  ],
  [
    'a certificate in the place of a header',
    'COSE_TYP_MISMATCH',
    ({ author }) => encodeBatch(author.certificate, [leafOf(author)]),
  ],
  ['an unprotected header', 'COSE_MALFORMED', withUnprotected],
  // Authors
  [
    'an author whom nobody knows',
    'CERT_UNKNOWN',
    async () => (await batchOf(await certify(aco.operator))).bytes,
  ],
  [
    'an author of another ACO',
    'CERT_UNKNOWN',
    async () => (await batchOf(await certify(aco.root, { mesh: { cluster: 'energy.eu' } }))).bytes,
  ],
  ['an operator as author', 'CERT_LINK_FORBIDDEN', async () => (await batchOf(aco.operator)).bytes],
  [
    'readings after the certificate has expired',
    'CERT_EXPIRED',
    async (attacker) =>
      (await batchOf(await announced(attacker, { from: -2 * HOUR_MS, to: -HOUR_MS }))).bytes,
  ],
  [
    'readings before the certificate is valid',
    'CERT_NOT_YET_VALID',
    async (attacker) => (await batchOf(await announced(attacker, { from: HOUR_MS, to: 2 * HOUR_MS }))).bytes,
  ],
  // Headers
  [
    'leaves that are not counted right',
    'BATCH_COUNT_MISMATCH',
    async ({ author }) => encodeBatch((await batchOf(author)).header, [leafOf(author), leafOf(author)]),
  ],
  [
    'leaves that are not those signed',
    'BATCH_ROOT_MISMATCH',
    async ({ author }) => encodeBatch((await batchOf(author)).header, [leafOf(author)]),
  ],
  [
    'one leaf twice',
    'BATCH_MALFORMED',
    async ({ author }) =>
      batchOf(author, { leaves: Array<Uint8Array>(2).fill(leafOf(author)) }).then(({ bytes }) => bytes),
  ],
  [
    'a header for another topic',
    'HEADER_AUDIENCE_MISMATCH',
    async ({ author }) => (await batchOf(author, { header: { audience: 'clear' } })).bytes,
  ],
  [
    'a header over more than an hour',
    'HEADER_HLC_RANGE',
    ({ author }) => signedAnew(author, { claims: { from: hlcAt(Date.now() - 2 * HOUR_MS) } }),
  ],
  [
    'a header of a later version',
    'NEWER_THAN_ME',
    ({ author }) => signedAnew(author, { change: (bytes) => replaced(bytes, [0x00, 0x01], [0x00, 0x02]) }),
  ],
  [
    'a header of a later profile',
    'NEWER_THAN_ME',
    async ({ author }) => (await batchOf(author, { header: { profile: 2 } })).bytes,
  ],
  [
    'readings ahead of the clock',
    'RECORD_FROM_FUTURE',
    async ({ author }) => (await batchOf(author, { to: Date.now() + 10 * MINUTE_MS })).bytes,
  ],
  // Leaves
  ['a leaf that is no CBOR', 'LEAF_MALFORMED', ({ author }) => oneLeaf(author, utf8Bytes('<xml/>'))],
  [
    'a leaf with one key twice',
    'LEAF_MALFORMED',
    ({ author }) => oneLeaf(author, replaced(leafOf(author), [0x01, 0x58, 0x20], [0x00, 0x58, 0x20])),
  ],
  [
    'a hundred thousand arrays in a leaf',
    'LEAF_MALFORMED',
    ({ author }) => oneLeaf(author, new Uint8Array(100_000).fill(0x81)),
  ],
  [
    'a leaf beyond 256 KiB',
    'LEAF_TOO_LARGE',
    ({ author }) => oneLeaf(author, new Uint8Array(256 * 1024 + 1)),
  ],
  ['a leaf without a label', 'LEAF_MALFORMED', ({ author }) => oneLeaf(author, withoutLabel(author))],
  [
    'an expired record',
    'RECORD_EXPIRED',
    async (attacker) => expired(await announced(attacker, { from: -12 * HOUR_MS })),
  ],
  [
    'a record that expires before it begins',
    'LEAF_EXPIRY_RANGE',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { expires: 1 } })),
  ],
  [
    'a record that lives for a century',
    'LEAF_EXPIRY_RANGE',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { expires: 2 ** 31 } })),
  ],
  ['a leaf of another author', 'LEAF_AUTHOR_MISMATCH', ({ author }) => oneLeaf(author, leafOf(aco.operator))],
  [
    'a leaf of another cluster',
    'LEAF_CLUSTER_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { cluster: 'energy.eu' } })),
  ],
  [
    'a leaf outside the readings of its header',
    'LEAF_HLC_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { at: Date.now() - HOUR_MS })),
  ],
  [
    'a leaf for another compartment',
    'LEAF_AUDIENCE_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { compartments: ['clear'], tlp: 'clear' } })),
  ],
  [
    'a leaf for two compartments',
    'LEAF_AUDIENCE_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { compartments: ['clear', 'green'] } })),
  ],
  [
    'an AMBER leaf in GREEN',
    'LEAF_LABEL_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { tlp: 'amber' } })),
  ],
  [
    'a CLEAR leaf in GREEN',
    'LEAF_LABEL_MISMATCH',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { tlp: 'clear' } })),
  ],
  [
    'a label that the clearance of its author does not reach',
    'LEAF_ABOVE_CLEARANCE',
    async (attacker) => (await batchOf(await announced(attacker, { clearance: 'clear' }))).bytes,
  ],
  [
    'a leaf of somebody for whom its author would act',
    'NEWER_THAN_ME',
    ({ author }) => oneLeaf(author, leafOf(author, { clear: { actsFor: randomBytes(16) } })),
  ],
  [
    'a tombstone with an object',
    'LEAF_MALFORMED',
    ({ author }) =>
      oneLeaf(
        author,
        encodeCbor([
          clearMap(author),
          new Map<number, CborValue>([
            [1, 1],
            [4, [randomBytes(32)]],
            [6, stixOf()],
            [7, 0],
          ]),
        ]),
      ),
  ],
]

describe('a batch by gossip', () => {
  test.for(CASES)('with %s is refused with %s', async ([, code, forge]) => {
    const [victim, beta] = [mesh.node('alpha'), mesh.node('beta')]
    const attacker = await attackers.next()
    const bytes = await forge(attacker)
    const send = (): Promise<void> => attacker.gossip('green', bytes)
    await expectRefusal({ victim, others: [beta] }, { attacker, send, code })
  })

  it('is ignored while the certificate is unknown, and taken once it is known', async () => {
    const [victim, beta] = [mesh.node('alpha'), mesh.node('beta')]
    const attacker = await attackers.next()
    const author = await certify(aco.operator)
    const batch = await batchOf(author)
    const send = (): Promise<void> => attacker.gossip('green', batch.bytes)
    await expectRefusal({ victim, others: [beta] }, { attacker, send, code: 'CERT_UNKNOWN' })
    await attacker.gossip('control', encodeControl({ kind: 'certificate', bytes: author.certificate }))
    // The very message stays suppressed for two minutes: the record comes by another.
    const again = await batchOf(author, { leaves: batch.leaves })
    await attacker.gossip('green', again.bytes)
    await eventually(() => beta.api.show(batch.ids[0] as string))
  })

  it('may hold fields of the body that this version does not know, which are kept byte for byte', async () => {
    const victim = mesh.node('alpha')
    const attacker = await attackers.next()
    const body = new Map<number, CborValue>([
      [1, 0],
      [6, stixOf()],
      [70, 'later'],
    ])
    const leaf = encodeCbor([clearMap(attacker.author), body])
    const { bytes, ids } = await batchOf(attacker.author, { leaves: [leaf] })
    await attacker.gossip('green', bytes)
    const { items } = await eventually(async () => {
      const page = await mesh.node('beta').api.export({ record: ids[0] as string })
      expect(page.items).toHaveLength(1)
      return page
    })
    expect(Buffer.from(JSON.stringify(items)).length).toBeGreaterThan(leaf.length)
  })
})

type Author = Attacker['author']

async function oneLeaf(author: Author, leaf: Uint8Array): Promise<Uint8Array> {
  return (await batchOf(author, { leaves: [leaf] })).bytes
}

/** An author whose certificate the ACO issued and the attacker passes on. Times in ms from now. */
async function announced(
  attacker: Attacker,
  { from = 0, to = HOUR_MS, clearance = 'green' }: { from?: number; to?: number; clearance?: TlpLabel },
): Promise<Author> {
  const now = Date.now()
  const claims = {
    notBefore: Math.floor((now + from) / 1000) - 120,
    expiresAt: Math.floor((now + to) / 1000),
  }
  const author = await certify(aco.operator, { mesh: { clearance }, claims })
  await attacker.gossip('control', encodeControl({ kind: 'certificate', bytes: author.certificate }))
  return author
}

/** A record of three hours ago that lived for an hour. */
async function expired(author: Author): Promise<Uint8Array> {
  const at = Date.now() - 3 * HOUR_MS
  const leaf = leafOf(author, { at, clear: { expires: Math.floor(at / HOUR_MS) + 1 } })
  return (await batchOf(author, { leaves: [leaf], from: at, to: at })).bytes
}

/** The batch with its outer array's length in two bytes instead of one. */
async function inLongForm({ author }: Attacker): Promise<Uint8Array> {
  const { bytes } = await batchOf(author)
  return joined([0x98, 0x02], bytes.subarray(1))
}

async function flipped({ author }: Attacker): Promise<Uint8Array> {
  const { header, leaves } = await batchOf(author)
  const changed = header.slice()
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  return encodeBatch(changed, leaves)
}

/** The header with a key id beside it that nobody signed. */
async function withUnprotected({ author }: Attacker): Promise<Uint8Array> {
  const { header, leaves } = await batchOf(author)
  const at = header.indexOf(0xa0, 45)
  return encodeBatch(
    joined(header.subarray(0, at), [0xa1, 0x04, 0x41, 0x00], header.subarray(at + 1)),
    leaves,
  )
}

/** A batch whose header's payload is changed before it is signed. */
async function signedAnew(
  author: Author,
  {
    typ = HEADER.typ,
    claims = {},
    change = (bytes) => bytes,
  }: { typ?: string; claims?: Partial<Header>; change?: (payload: Uint8Array) => Uint8Array },
): Promise<Uint8Array> {
  const { header, leaves } = await batchOf(author)
  const payload = encodeCbor(HEADER.payload.encode({ ...parseHeader(header).claims, ...claims }))
  return encodeBatch(await sealAnything(typ, change(payload), author.signer), leaves)
}

/** The leaf's clear part, to be put together with a body that no encoder of ours would write. */
function clearMap(author: Author): CborValue {
  const [clear] = decodeCbor(leafOf(author), LIMITS) as readonly [CborValue]
  return clear
}

function withoutLabel(author: Author): Uint8Array {
  const [clear, body] = decodeCbor(leafOf(author), LIMITS) as readonly [CborMap, CborValue]
  return encodeCbor([new Map([...clear].filter(([key]) => key !== TLP_FIELD)), body])
}

function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)))
}

/** The bytes with the first occurrence of `from` changed into `to`, of the same length. */
function replaced(bytes: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const at = Buffer.from(bytes).indexOf(Uint8Array.from(from))
  expect(at).toBeGreaterThanOrEqual(0)
  const changed = bytes.slice()
  changed.set(to, at)
  return changed
}
