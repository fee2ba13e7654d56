import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { type CborKey, type CborValue, decodeCbor, encodeCbor } from '../encoding/index.ts'
import {
  decodeAnswer,
  decodeHello,
  encodeAnswer,
  encodeHello,
  MAX_MEMBERSHIP_BYTES,
  type MembershipHello,
} from './membership.ts'
import { PROTOCOLS, topicOf, VERSIONS } from './names.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const hello: fc.Arbitrary<MembershipHello> = fc.record(
  {
    versions: fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 8 }),
    aco: bytes(32),
    chain: fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 2, maxLength: 3 }),
    proof: fc.record({
      size: fc.maxSafeNat(),
      index: fc.maxSafeNat(),
      path: fc.array(bytes(32), { maxLength: 40 }),
    }),
    beacon: fc.uint8Array({ minLength: 1, maxLength: 60 }),
  },
  { requiredKeys: ['versions', 'aco', 'chain', 'beacon'] },
)
const LARGEST: MembershipHello = {
  versions: Array<number>(8).fill(Number.MAX_SAFE_INTEGER),
  aco: new Uint8Array(32),
  chain: Array<Uint8Array>(3).fill(new Uint8Array(1280)),
  proof: {
    size: Number.MAX_SAFE_INTEGER,
    index: Number.MAX_SAFE_INTEGER,
    path: Array<Uint8Array>(40).fill(new Uint8Array(32)),
  },
  beacon: new Uint8Array(1280),
}

describe(encodeHello, () => {
  it('is read back', () => {
    fc.assert(
      fc.property(hello, (each) => {
        expect(decodeHello(encodeHello(each))).toEqual(each)
      }),
    )
    expect(decodeHello(encodeHello(LARGEST))).toEqual(LARGEST)
  })

  it('may say more than this version knows', () => {
    const more = withEntries([64, 'later'], [9, [1]])
    expect(decodeHello(more)).toEqual(LARGEST)
  })

  test.for<[string, string, readonly (readonly [CborKey, CborValue])[]]>([
    ['a later version of the hello', 'NEWER_THAN_ME', [[0, 2]]],
    ['no version of the protocol', 'STRUCT_MALFORMED', [[1, []]]],
    ['nine versions', 'STRUCT_MALFORMED', [[1, Array<number>(9).fill(1)]]],
    ['one certificate', 'STRUCT_MALFORMED', [[3, [new Uint8Array(1)]]]],
    ['four certificates', 'STRUCT_MALFORMED', [[3, Array<Uint8Array>(4).fill(new Uint8Array(1))]]],
    ['a large certificate', 'STRUCT_MALFORMED', [[3, [new Uint8Array(1), new Uint8Array(1281)]]]],
    ['an empty beacon', 'STRUCT_MALFORMED', [[5, new Uint8Array(0)]]],
    [
      'a long path',
      'STRUCT_MALFORMED',
      [
        [
          4,
          new Map<number, CborValue>([
            [1, 1],
            [2, 0],
            [3, Array<Uint8Array>(41).fill(new Uint8Array(32))],
          ]),
        ],
      ],
    ],
    ['more bytes than a frame', 'CBOR_LIMIT', [[9, new Uint8Array(MAX_MEMBERSHIP_BYTES)]]],
    ['more values than allowed', 'CBOR_LIMIT', [[9, Array<number>(100).fill(0)]]],
  ])('refuses %s with %s', ([, code, entries]) => {
    expect(codeFrom(() => decodeHello(withEntries(...entries)))).toBe(code)
  })
})

describe(encodeAnswer, () => {
  test.for([{}, { refused: 'CERT_REVOKED' }])('%j is read back', (each) => {
    expect(decodeAnswer(encodeAnswer(each))).toEqual(each)
  })

  test.for(['', 'a'.repeat(65), 'a\nb'])('refuses the code %j', (refused) => {
    expect(codeFrom(() => decodeAnswer(encodeAnswer({ refused })))).toBe('STRUCT_MALFORMED')
  })
})

describe(topicOf, () => {
  it('names a compartment of a cluster in one major version', () => {
    expect(topicOf('green', 'finance.eu')).toBe('/intelmesh/green.finance.eu/1')
  })

  it('has the form that protocol ids have', () => {
    for (const id of Object.values(PROTOCOLS)) expect(id).toMatch(/^\/intelmesh\/[a-z]+\/[12]$/)
    expect(VERSIONS).toEqual([1])
  })
})

/** The largest hello with other entries in place of its own. */
function withEntries(...entries: readonly (readonly [CborKey, CborValue])[]): Uint8Array {
  const map = decodeCbor(encodeHello(LARGEST), { maxBytes: 9999, maxDepth: 4, maxItems: 96 }) as ReadonlyMap<
    CborKey,
    CborValue
  >
  return encodeCbor(new Map([...map, ...entries]))
}
