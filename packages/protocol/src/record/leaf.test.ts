import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { bodyOf, clearOf } from '../../../../test/protocol/records.ts'
import { portableCrypto } from '../crypto/index.ts'
import {
  asMap,
  type CborKey,
  type CborValue,
  compareBytes,
  decodeCbor,
  encodeCbor,
} from '../encoding/index.ts'
import { leafHash } from '../merkle/index.ts'
import { TLP_LABELS } from '../tlp.ts'
import {
  encodeLeaf,
  type Leaf,
  MAX_LEAF_BYTES,
  MAX_REFERENCES,
  MAX_STIX_BYTES,
  parseLeaf,
  RETRACTION_REASONS,
} from './leaf.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const references = fc
  .uniqueArray(bytes(32), { selector: String, minLength: 1, maxLength: 5 })
  .map((ids) => ids.toSorted(compareBytes))
const word = fc.string({ unit: fc.constantFrom('a', 'ß', '銀', ' '), minLength: 1, maxLength: 20 })

const clear = fc.record(
  {
    author: bytes(32),
    hlc: fc.bigInt(0n, 2n ** 63n - 1n),
    cluster: fc.constantFrom('finance.eu', 'a.b'),
    compartments: fc.array(word, { minLength: 1, maxLength: 16 }),
    tlp: fc.constantFrom(...TLP_LABELS),
    channel: word,
    actsFor: bytes(16),
    expires: fc.maxSafeNat(),
  },
  { requiredKeys: ['author', 'hlc', 'cluster', 'compartments', 'tlp', 'expires'] },
)
const stix = fc.record(
  {
    kind: fc.constant('stix' as const),
    stix: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    lineage: bytes(32),
    supersedes: references,
    derivedFrom: references,
  },
  { requiredKeys: ['kind', 'stix'] },
)
const tombstone = fc.record({
  kind: fc.constant('tombstone' as const),
  retracts: references,
  reason: fc.constantFrom(...RETRACTION_REASONS),
})
const leaf: fc.Arbitrary<Leaf> = fc.record({ clear, body: fc.oneof(stix, tombstone) })

describe(encodeLeaf, () => {
  it('is read back, and its id is the hash of its bytes', () => {
    fc.assert(
      fc.property(leaf, (each) => {
        const encoded = encodeLeaf(each)
        expect(parseLeaf(portableCrypto, encoded)).toEqual({
          ...each,
          bytes: encoded,
          id: leafHash(portableCrypto, encoded),
        })
      }),
    )
  })

  it('gives two leaves two ids', () => {
    fc.assert(
      fc.property(leaf, leaf, (a, b) => {
        const [x, y] = [encodeLeaf(a), encodeLeaf(b)].map((encoded) => parseLeaf(portableCrypto, encoded))
        expect(compareBytes(x?.id as Uint8Array, y?.id as Uint8Array) === 0).toBe(
          compareBytes(x?.bytes as Uint8Array, y?.bytes as Uint8Array) === 0,
        )
      }),
    )
  })

  test.for<[string, string, Partial<Leaf>]>([
    [
      'an object of the largest size',
      'NOTHING_THROWN',
      { body: { kind: 'stix', stix: new Uint8Array(MAX_STIX_BYTES) } },
    ],
    [
      'a larger object',
      'LEAF_MALFORMED',
      { body: { kind: 'stix', stix: new Uint8Array(MAX_STIX_BYTES + 1) } },
    ],
    ['no object', 'LEAF_MALFORMED', { body: { kind: 'stix' } }],
    ['an empty object', 'LEAF_MALFORMED', { body: { kind: 'stix', stix: new Uint8Array(0) } }],
    ['an object that retracts', 'LEAF_MALFORMED', { body: { ...bodyOf('a'), retracts: ids(1) } }],
    ['an object with a reason', 'LEAF_MALFORMED', { body: { ...bodyOf('a'), reason: 'error' } }],
    [
      'a tombstone of 256 records',
      'NOTHING_THROWN',
      { body: { kind: 'tombstone', retracts: ids(MAX_REFERENCES), reason: 'leak' } },
    ],
    [
      'a tombstone of 257 records',
      'LEAF_MALFORMED',
      { body: { kind: 'tombstone', retracts: ids(MAX_REFERENCES + 1), reason: 'leak' } },
    ],
    [
      'a tombstone of nothing',
      'LEAF_MALFORMED',
      { body: { kind: 'tombstone', retracts: [], reason: 'leak' } },
    ],
    ['a tombstone without a reason', 'LEAF_MALFORMED', { body: { kind: 'tombstone', retracts: ids(1) } }],
    [
      'a tombstone with an object',
      'LEAF_MALFORMED',
      { body: { ...bodyOf('a'), kind: 'tombstone', retracts: ids(1), reason: 'leak' } },
    ],
    [
      'a tombstone that supersedes',
      'LEAF_MALFORMED',
      { body: { kind: 'tombstone', retracts: ids(1), reason: 'leak', supersedes: ids(1) } },
    ],
    ['no compartment', 'LEAF_MALFORMED', { clear: clearOf({ compartments: [] }) }],
    ['17 compartments', 'LEAF_MALFORMED', { clear: clearOf({ compartments: Array<string>(17).fill('a') }) }],
    [
      'a compartment of 81 characters',
      'LEAF_MALFORMED',
      { clear: clearOf({ compartments: ['a'.repeat(81)] }) },
    ],
    ['a cluster that has no such name', 'LEAF_MALFORMED', { clear: clearOf({ cluster: 'Finance' }) }],
    ['a channel with a line break', 'LEAF_MALFORMED', { clear: clearOf({ channel: 'a\nb' }) }],
    ['an author of 31 bytes', 'LEAF_MALFORMED', { clear: clearOf({ author: new Uint8Array(31) }) }],
  ])('%s: %s', ([, code, over]) => {
    expect(codeFrom(() => encodeLeaf({ clear: clearOf(), body: bodyOf('a'), ...over }))).toBe(code)
  })
})

describe(parseLeaf, () => {
  const good = encodeLeaf({ clear: clearOf(), body: bodyOf('a') })
  const [clearMap, bodyMap] = (
    decodeCbor(good, { maxBytes: 4096, maxDepth: 4, maxItems: 64 }) as readonly CborValue[]
  ).map((part) => asMap(part, 'part'))
  const changed = (
    part: 'clear' | 'body',
    ...entries: readonly (readonly [CborKey, CborValue])[]
  ): Uint8Array =>
    encodeCbor([
      new Map([...(clearMap ?? []), ...(part === 'clear' ? entries : [])]),
      new Map([...(bodyMap ?? []), ...(part === 'body' ? entries : [])]),
    ])

  it('keeps fields of a body that it does not know, byte for byte', () => {
    const later = changed('body', [9, 'more'], [64, [1, 2]], ['note', new Map([[1, 2]])])
    const parsed = parseLeaf(portableCrypto, later)
    expect(parsed.body).toEqual(bodyOf('a'))
    expect(parsed.bytes).toEqual(later)
    expect(parsed.id).toEqual(leafHash(portableCrypto, later))
  })

  it('keeps a copy of the bytes', () => {
    const buffer = good.slice()
    const parsed = parseLeaf(portableCrypto, buffer)
    buffer.fill(0)
    expect(parsed.bytes).toEqual(good)
  })

  test.for<[string, string, Uint8Array]>([
    ['a later version', 'NEWER_THAN_ME', changed('clear', [0, 2])],
    ['a field from 64 on', 'NEWER_THAN_ME', changed('clear', [64, 1])],
    ['a label of a later version', 'NEWER_THAN_ME', changed('clear', [5, 5])],
    ['a kind of a later version', 'NEWER_THAN_ME', changed('body', [1, 2])],
    ['an unknown clear field', 'LEAF_MALFORMED', changed('clear', [9, 1])],
    ['a field of the wrong type', 'LEAF_MALFORMED', changed('clear', [8, 'never'])],
    ['references out of order', 'LEAF_MALFORMED', changed('body', [5, ids(2).toReversed()])],
    ['one reference twice', 'LEAF_MALFORMED', changed('body', [5, [...ids(1), ...ids(1)]])],
    ['a body that is no map', 'LEAF_MALFORMED', encodeCbor([clearMap ?? null, []])],
    ['three parts', 'LEAF_MALFORMED', encodeCbor([clearMap ?? null, bodyMap ?? null, 0])],
    ['no array', 'LEAF_MALFORMED', encodeCbor(clearMap ?? null)],
    ['bytes that are no CBOR', 'LEAF_MALFORMED', Uint8Array.of(0xff)],
    ['more than 256 KiB', 'LEAF_TOO_LARGE', new Uint8Array(MAX_LEAF_BYTES + 1)],
    [
      'unknown fields of too many values',
      'LEAF_MALFORMED',
      changed('body', [9, Array<number>(5000).fill(0)]),
    ],
  ])('refuses %s with %s', ([, code, input]) => {
    expect(codeFrom(() => parseLeaf(portableCrypto, input))).toBe(code)
  })
})

function ids(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    Uint8Array.from({ length: 32 }, (__, at) => (at === 0 ? i >> 8 : at === 1 ? i & 255 : 7)),
  )
}
