import {
  encodeBatch,
  encodeCbor,
  encodeLeaf,
  encodeLoneRecord,
  HEADER,
  type HeaderDraft,
  headerHash,
  hlcAt,
  leafHash,
  loneRecord,
  portableCrypto,
  sealHeader,
  toHex,
  treeRoot,
} from '@intelmesh/protocol'
import { AT, keysOf, NODE, sealAny, spoilt, type VectorCase, type VectorFile } from '../trust/cast.ts'
import { clearOf, draft, FROM, stix } from './leaf-cases.ts'

const crypto = portableCrypto

/** Batches under the key "node". */
export async function batchVectors(): Promise<VectorFile> {
  const leaves = Array.from({ length: 5 }, (_, i) =>
    encodeLeaf({ clear: clearOf({ hlc: FROM + BigInt(i) }), body: stix(`record ${i}`) }),
  )
  const [first, second, third] = leaves as [Uint8Array, Uint8Array, Uint8Array]
  const sealed = (
    over: Partial<HeaderDraft>,
    held: readonly Uint8Array[],
    to = FROM + 9n,
  ): Promise<Uint8Array> =>
    draft(over).then((claims) => sealHeader(crypto, claims, { leaves: held, from: FROM, to }, NODE))
  const claimsOver = async (over: object): Promise<Uint8Array> => {
    const root = treeRoot(crypto, [leafHash(crypto, first)])
    return sealAny(HEADER, { ...(await draft()), from: FROM, to: FROM, count: 1, root, ...over }, NODE)
  }
  const header = await sealed({}, leaves)
  const later = await sealed({ seq: 1, previous: headerHash(crypto, header) }, [first])
  const batches: readonly (readonly [string, string, Uint8Array])[] = [
    ['five leaves', 'accept', encodeBatch(header, leaves)],
    ['one leaf, in the second header of the chain', 'accept', encodeBatch(later, [first])],
    ['a span of an hour', 'accept', encodeBatch(await sealed({}, [first], hlcAt(AT + 3_600_000)), [first])],
    ['a changed signature', 'COSE_SIGNATURE_INVALID', encodeBatch(spoilt(header), leaves)],
    ['another order', 'BATCH_ROOT_MISMATCH', encodeBatch(header, leaves.toReversed())],
    ['a leaf fewer', 'BATCH_COUNT_MISMATCH', encodeBatch(header, leaves.slice(1))],
    ['a leaf more', 'BATCH_COUNT_MISMATCH', encodeBatch(later, [first, second])],
    ['another leaf', 'BATCH_ROOT_MISMATCH', encodeBatch(later, [third])],
    ['a leaf twice', 'BATCH_MALFORMED', encodeBatch(await sealed({}, [first, first]), [first, first])],
    ['no list of leaves', 'BATCH_MALFORMED', encodeCbor([later, first])],
    ['three parts', 'BATCH_MALFORMED', encodeCbor([later, [first], 0])],
    [
      'more than an hour',
      'HEADER_HLC_RANGE',
      encodeBatch(await claimsOver({ to: hlcAt(AT + 3_600_001) }), [first]),
    ],
    [
      'an end before its beginning',
      'HEADER_HLC_RANGE',
      encodeBatch(await claimsOver({ to: FROM - 1n }), [first]),
    ],
    [
      'a reading of 64 bits',
      'HEADER_HLC_RANGE',
      encodeBatch(await claimsOver({ from: 2n ** 63n, to: 2n ** 63n }), [first]),
    ],
    ['no leaf', 'STRUCT_MALFORMED', encodeBatch(await claimsOver({ count: 0 }), [])],
    [
      'a later header without the one before',
      'STRUCT_MALFORMED',
      encodeBatch(await claimsOver({ seq: 1 }), [first]),
    ],
    [
      'a first header with one before',
      'STRUCT_MALFORMED',
      encodeBatch(await claimsOver({ previous: new Uint8Array(32) }), [first]),
    ],
    [
      'a place beyond 2^32-1',
      'STRUCT_MALFORMED',
      encodeBatch(await claimsOver({ seq: 2 ** 32, previous: new Uint8Array(32) }), [first]),
    ],
  ]
  return {
    description:
      'Batches, opened, their header verified under the key "node". "ids" are the record ids, "hash" that of the header. See docs/spec/records.md, "Batches".',
    keys: keysOf('node'),
    cases: batches.map(([description, expected, bytes], i) => ({
      description,
      bytes: toHex(bytes),
      ...(i === 0 && {
        ids: leaves.map((leaf) => toHex(leafHash(crypto, leaf))),
        hash: toHex(headerHash(crypto, header)),
      }),
      expect: expected,
    })),
  }
}

/** Records that travel alone, under the key "node". */
export async function recordVectors(): Promise<VectorFile> {
  const leaves = Array.from({ length: 5 }, (_, i) =>
    encodeLeaf({ clear: clearOf({ hlc: FROM + BigInt(i) }), body: stix(`record ${i}`) }),
  )
  const header = await sealHeader(crypto, await draft(), { leaves, from: FROM, to: FROM + 9n }, NODE)
  const own = { header, leafHashes: leaves.map((leaf) => leafHash(crypto, leaf)) }
  const [, , third] = leaves as [Uint8Array, Uint8Array, Uint8Array]
  const record = loneRecord(crypto, own, 2, third)
  const accepted: readonly VectorCase[] = leaves.map((leaf, index) => ({
    description: `leaf ${index} of 5`,
    bytes: toHex(encodeLoneRecord(loneRecord(crypto, own, index, leaf))),
    id: toHex(leafHash(crypto, leaf)),
    index,
    expect: 'accept',
  }))
  const refused: readonly (readonly [string, string, Uint8Array])[] = [
    ['another place', 'PROOF_MISMATCH', encodeLoneRecord({ ...record, index: 3 })],
    ['a place beyond the header', 'PROOF_MISMATCH', encodeLoneRecord({ ...record, index: 5 })],
    [
      'a hash too many',
      'PROOF_MISMATCH',
      encodeLoneRecord({ ...record, path: [...record.path, new Uint8Array(32)] }),
    ],
    ['a hash too few', 'PROOF_MISMATCH', encodeLoneRecord({ ...record, path: record.path.slice(1) })],
    ['another leaf', 'PROOF_MISMATCH', encodeLoneRecord({ ...record, leaf: leaves[0] as Uint8Array })],
    [
      'a changed signature',
      'COSE_SIGNATURE_INVALID',
      encodeLoneRecord({ ...record, header: spoilt(header) }),
    ],
    ['three parts', 'BATCH_MALFORMED', encodeCbor([header, third, 2])],
  ]
  return {
    description:
      'Records alone, opened, their header verified under the key "node". See docs/spec/records.md, "A record alone".',
    keys: keysOf('node'),
    cases: [
      ...accepted,
      ...refused.map(([description, expected, bytes]) => ({
        description,
        bytes: toHex(bytes),
        expect: expected,
      })),
    ],
  }
}
