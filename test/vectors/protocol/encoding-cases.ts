import {
  type CborValue,
  CONTACT,
  encodeCbor,
  fromHex,
  signatureInput,
  toHex,
  utf8Bytes,
} from '@intelmesh/protocol'
import { encode, rfc8949EncodeOptions, Tagged } from 'cborg'
import {
  idOf,
  keysOf,
  NODE,
  sealRaw,
  spoilt,
  STRANGER,
  type VectorCase,
  type VectorFile,
} from '../trust/cast.ts'

const LIMITS = { maxBytes: 1024, maxDepth: 4, maxItems: 64 }

/** Values of the subset, each with its one spelling, and bytes that no decoder takes. */
export async function cborVectors(): Promise<VectorFile> {
  const accepted: readonly (readonly [string, CborValue])[] = [
    ['0', 0],
    ['23, the last in one byte', 23],
    ['24', 24],
    ['255', 255],
    ['256', 256],
    ['65,535', 65_535],
    ['65,536', 65_536],
    ['2^32-1', 2 ** 32 - 1],
    ['2^32', 2 ** 32],
    ['2^53-1', 2 ** 53 - 1],
    ['2^64-1, the greatest', 2n ** 64n - 1n],
    ['-1', -1],
    ['-24', -24],
    ['-25', -25],
    ['-2^31-1', -(2 ** 31) - 1],
    ['-2^32', -(2 ** 32)],
    ['-2^32-1', -(2 ** 32) - 1],
    ['-2^63, the least', -(2n ** 63n)],
    ['false', false],
    ['true', true],
    ['null', null],
    ['no bytes', new Uint8Array(0)],
    ['24 bytes', new Uint8Array(24)],
    ['no text', ''],
    ['text of several scripts', 'å銀🏦'],
    ['text that begins with a byte order mark', '\ufeffa'],
    ['long text that begins with a byte order mark', `\ufeff${'a'.repeat(80)}`],
    ['no element', []],
    ['four arrays in one another', [[[[]]]]],
    ['an empty map', new Map()],
    [
      'keys in order: integers from 0 up, then from -1 down, then text by length',
      new Map<number | string, CborValue>([
        [10, 1],
        [100, 2],
        [-1, 3],
        ['', 4],
        ['z', 5],
        ['aa', 6],
      ]),
    ],
  ]
  const refused: readonly (readonly [string, string, string])[] = [
    ['23 in two bytes', 'CBOR_NOT_CANONICAL', '1817'],
    ['255 in three bytes', 'CBOR_NOT_CANONICAL', '1900ff'],
    ['65,535 in five bytes', 'CBOR_NOT_CANONICAL', '1a0000ffff'],
    ['2^32-1 in nine bytes', 'CBOR_NOT_CANONICAL', '1b00000000ffffffff'],
    ['-2^32 in nine bytes', 'CBOR_NOT_CANONICAL', '3b00000000ffffffff'],
    ['a length in too many bytes', 'CBOR_NOT_CANONICAL', '580100'],
    ['keys in descending order', 'CBOR_NOT_CANONICAL', 'a202000100'],
    ['a negative key before a positive one', 'CBOR_NOT_CANONICAL', 'a220000100'],
    ['text before an integer', 'CBOR_NOT_CANONICAL', 'a26161000100'],
    ['a longer text key first', 'CBOR_NOT_CANONICAL', 'a262616100617a00'],
    ['a key twice', 'CBOR_NOT_CANONICAL', 'a201000102'],
    ['-2^63-1', 'CBOR_UNSUPPORTED', '3b8000000000000000'],
    ['a key beyond 2^53-1', 'CBOR_UNSUPPORTED', 'a11b002000000000000000'],
    ['bytes as a key', 'CBOR_UNSUPPORTED', 'a1410000'],
    ['undefined', 'CBOR_UNSUPPORTED', 'f7'],
    ['another simple value', 'CBOR_UNSUPPORTED', 'f0'],
    ['a float', 'CBOR_UNSUPPORTED', 'f93c00'],
    ['NaN', 'CBOR_UNSUPPORTED', 'f97e00'],
    ['a tag', 'CBOR_UNSUPPORTED', 'c100'],
    ['tag 2, a big number', 'CBOR_UNSUPPORTED', 'c249010000000000000000'],
    ['tag 28, a shared value', 'CBOR_UNSUPPORTED', 'd81c80'],
    ['an indefinite array', 'CBOR_UNSUPPORTED', '9f01ff'],
    ['an indefinite map', 'CBOR_UNSUPPORTED', 'bf0102ff'],
    ['indefinite bytes', 'CBOR_UNSUPPORTED', '5f4101ff'],
    ['indefinite text', 'CBOR_UNSUPPORTED', '7f6161ff'],
    ['a reserved argument', 'CBOR_UNSUPPORTED', '1c'],
    ['text that is no UTF-8', 'CBOR_MALFORMED', '62c0af'],
    ['a surrogate in UTF-8', 'CBOR_MALFORMED', '63eda080'],
    ['an array of 2^53 elements', 'CBOR_MALFORMED', '9b0020000000000000'],
    ['bytes that end early', 'CBOR_MALFORMED', '4201'],
    ['an argument that ends early', 'CBOR_MALFORMED', '19ff'],
    ['bytes after the value', 'CBOR_MALFORMED', '0000'],
    ['nothing', 'CBOR_MALFORMED', ''],
    ['five arrays in one another', 'CBOR_LIMIT', '8181818180'],
    ['65 values', 'CBOR_LIMIT', toHex(encodeCbor(Array<number>(64).fill(0)))],
    ['1,025 bytes', 'CBOR_LIMIT', toHex(encodeCbor(new Uint8Array(1022)))],
  ]
  return {
    description:
      'Bytes that are one value of the subset in its one spelling, within "limits", and bytes that are not. See docs/spec/encoding.md.',
    limits: LIMITS,
    cases: [
      ...accepted.map(([description, value]) => ({
        description,
        bytes: toHex(encodeCbor(value)),
        value: shown(value),
        expect: 'accept',
      })),
      ...refused.map(([description, expected, bytes]) => ({ description, bytes, expect: expected })),
    ],
  }
}

/** A value as JSON: integers as decimal text, bytes in hexadecimal under `bytes`, text under `text`, maps as pairs under `map`. */
export function shown(value: CborValue): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return { text: value }
  if (typeof value === 'boolean' || value === null) return value
  if (value instanceof Uint8Array) return { bytes: toHex(value) }
  if (Array.isArray(value)) return value.map((item: CborValue) => shown(item))
  return {
    map: [...(value as ReadonlyMap<number | string, CborValue>)].map(([key, held]) => [
      shown(key),
      shown(held),
    ]),
  }
}

const CLAIMS = {
  node: idOf(NODE),
  certificate: new Uint8Array(32).fill(7),
  at: 1_795_334_400_000,
  addresses: ['/ip4/192.0.2.1/tcp/7400'],
}

/** Signed objects, taken as contacts under the key "node". */
export async function coseVectors(): Promise<VectorFile> {
  const payload = encodeCbor(CONTACT.payload.encode(CLAIMS))
  const header = headerOf([
    [1, -19],
    [16, CONTACT.typ],
  ])
  const bytes = await sealRaw(CONTACT.typ, CONTACT.payload.encode(CLAIMS), NODE)
  const signature = bytes.subarray(-64)
  const sealed = (entries: readonly (readonly [number, unknown])[]): Uint8Array =>
    sign1([headerOf(entries), new Map(), payload, signature])
  const claims = (...entries: readonly (readonly [number, CborValue])[]): Promise<Uint8Array> =>
    sealRaw(
      CONTACT.typ,
      new Map([...(CONTACT.payload.encode(CLAIMS) as ReadonlyMap<number, CborValue>), ...entries]),
      NODE,
    )
  const refused: readonly (readonly [string, string, Uint8Array])[] = [
    [
      'another key signed',
      'COSE_SIGNATURE_INVALID',
      await sealRaw(CONTACT.typ, CONTACT.payload.encode(CLAIMS), STRANGER),
    ],
    ['a changed signature', 'COSE_SIGNATURE_INVALID', spoilt(bytes)],
    [
      'another typ, signed as such',
      'COSE_TYP_MISMATCH',
      await sealRaw('application/vnd.intelmesh.beacon+cose', CONTACT.payload.encode(CLAIMS), NODE),
    ],
    ['no typ', 'COSE_TYP_MISMATCH', sealed([[1, -19]])],
    [
      'EdDSA, which names no curve',
      'COSE_ALGORITHM_UNSUPPORTED',
      sealed([
        [1, -8],
        [16, CONTACT.typ],
      ]),
    ],
    ['no algorithm', 'COSE_ALGORITHM_UNSUPPORTED', sealed([[16, CONTACT.typ]])],
    [
      'a key id in the protected header',
      'STRUCT_MALFORMED',
      sealed([
        [1, -19],
        [4, utf8Bytes('11')],
        [16, CONTACT.typ],
      ]),
    ],
    [
      'an unprotected header',
      'COSE_MALFORMED',
      sign1([header, new Map([[4, utf8Bytes('11')]]), payload, signature]),
    ],
    ['a detached payload', 'COSE_MALFORMED', sign1([header, new Map(), null, signature])],
    ['three elements', 'COSE_MALFORMED', sign1([header, new Map(), payload])],
    ['a signature of 63 bytes', 'COSE_MALFORMED', sign1([header, new Map(), payload, signature.subarray(1)])],
    ['no tag', 'COSE_MALFORMED', bytes.subarray(1)],
    [
      'the tag of a COSE_Sign',
      'COSE_MALFORMED',
      encode(new Tagged(98, [header, new Map(), payload, signature]), rfc8949EncodeOptions),
    ],
    ['the tag in two bytes', 'COSE_MALFORMED', Uint8Array.of(0xd8, 0x12, ...bytes.subarray(1))],
    ['bytes after the end', 'CBOR_MALFORMED', Uint8Array.of(...bytes, 0)],
    [
      'a payload in another spelling',
      'CBOR_NOT_CANONICAL',
      sign1([header, new Map(), fromHex(toHex(payload).replace('0001', '001801')), signature]),
    ],
    ['a later version', 'NEWER_THAN_ME', await claims([0, 2])],
    ['a field of a later version', 'NEWER_THAN_ME', await claims([64, 0])],
    ['an unknown field', 'STRUCT_MALFORMED', await claims([63, 0])],
    ['a field of the wrong type', 'STRUCT_MALFORMED', await claims([3, '0'])],
  ]
  const cases: readonly VectorCase[] = refused.map(([description, expected, each]) => ({
    description,
    bytes: toHex(each),
    expect: expected,
  }))
  return {
    description:
      'Signed objects, taken for contacts of the key "node". See docs/spec/encoding.md, "Signed objects".',
    keys: keysOf('node', 'stranger'),
    typ: CONTACT.typ,
    cases: [
      {
        description: 'a contact',
        bytes: toHex(bytes),
        signed: toHex(signatureInput(header, payload)),
        payload: toHex(payload),
        expect: 'accept',
      },
      ...cases,
    ],
  }
}

function headerOf(entries: readonly (readonly [number, unknown])[]): Uint8Array {
  return encode(new Map(entries), rfc8949EncodeOptions)
}

function sign1(value: unknown): Uint8Array {
  return encode(new Tagged(18, value), rfc8949EncodeOptions)
}
