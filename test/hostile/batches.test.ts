import { BEACON, encodeBatch, encodeCbor, encodeControl, hlcAt, utf8Bytes } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, it, test } from 'vitest'
import { expectRefusal, type Forge, laySiege, type Siege } from '../support/attack.ts'
import type { Attacker } from '../support/attacker.ts'
import { announced, joined, replaced, signedAnew } from '../support/craft.ts'
import { eventually } from '../support/eventually.ts'
import { batchOf, certify, leafOf } from '../support/forge.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

let siege: Siege
beforeAll(async () => {
  siege = await laySiege()
})
afterAll(() => siege?.[Symbol.asyncDispose]())

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
    async ({ author }) => (await batchOf(author, { signer: siege.aco.operator.signer })).bytes,
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
    async () => (await batchOf(await certify(siege.aco.operator))).bytes,
  ],
  [
    'an author of another ACO',
    'CERT_UNKNOWN',
    async () => (await batchOf(await certify(siege.aco.root, { mesh: { cluster: 'energy.eu' } }))).bytes,
  ],
  ['an operator as author', 'CERT_LINK_FORBIDDEN', async () => (await batchOf(siege.aco.operator)).bytes],
  [
    'readings after the certificate has expired',
    'CERT_EXPIRED',
    async (attacker) =>
      (await batchOf(await announced(siege.aco, attacker, { from: -2 * HOUR_MS, to: -HOUR_MS }))).bytes,
  ],
  [
    'readings before the certificate is valid',
    'CERT_NOT_YET_VALID',
    async (attacker) =>
      (await batchOf(await announced(siege.aco, attacker, { from: HOUR_MS, to: 2 * HOUR_MS }))).bytes,
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
]

describe('a batch by gossip', () => {
  test.for(CASES)('with %s is refused with %s', async ([, code, forge]) => {
    const attacker = await siege.attackers.next()
    const bytes = await forge(attacker)
    await expectRefusal(siege, { attacker, send: () => attacker.gossip('green', bytes), code })
  })

  it('is ignored while the certificate is unknown, and taken once it is known', async () => {
    const attacker = await siege.attackers.next()
    const author = await certify(siege.aco.operator)
    const batch = await batchOf(author)
    const send = (): Promise<void> => attacker.gossip('green', batch.bytes)
    await expectRefusal(siege, { attacker, send, code: 'CERT_UNKNOWN' })
    await attacker.gossip('control', encodeControl({ kind: 'certificate', bytes: author.certificate }))
    // The very message stays suppressed for two minutes: the record comes by another.
    const again = await batchOf(author, { leaves: batch.leaves })
    await attacker.gossip('green', again.bytes)
    await eventually(() => siege.mesh.node('beta').api.show(batch.ids[0] as string))
  })
})

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
