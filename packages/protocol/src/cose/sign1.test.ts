import { decode, encode, rfc8949EncodeOptions, Tagged } from 'cborg'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { listData, readData } from '../../../../test/data/data.ts'
import { portableCrypto, signerOf, verifySignature } from '../crypto/index.ts'
import {
  bytesUpTo,
  encodeCbor,
  fromHex,
  required,
  struct,
  toHex,
  uint,
  utf8Bytes,
} from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { parseSign1, sealSign1, signatureInput, type SignedKind, verifySign1 } from './sign1.ts'

interface Note {
  readonly number: number
  readonly text: Uint8Array
}

const NOTE = kindOf('application/vnd.intelmesh.note+cose')
const OTHER = kindOf('application/vnd.intelmesh.other+cose')
const signer = signerOf(new Uint8Array(32).fill(1))
const note: Note = { number: 7, text: utf8Bytes('hello') }
const sealed = await sealSign1(NOTE, note, signer)

/** The parts of {@link sealed}, to be put together wrongly. */
const PAYLOAD = encodeCbor(NOTE.payload.encode(note))
const HEADER = headerOf([
  [1, -19],
  [16, NOTE.typ],
])
const SIGNATURE = await signer.sign(signatureInput(HEADER, PAYLOAD))

describe(sealSign1, () => {
  it('is verified under the key that signed, and under no other', async () => {
    const parsed = parseSign1(NOTE, sealed)
    expect((await verifySign1(portableCrypto, parsed, signer.publicKey)).claims).toEqual(note)
    const stranger = signerOf(new Uint8Array(32).fill(2)).publicKey
    await expect(verifySign1(portableCrypto, parsed, stranger)).rejects.toMatchObject({
      code: 'COSE_SIGNATURE_INVALID',
    })
  })

  it('is the COSE_Sign1 that another implementation makes of the same parts', () => {
    expect(toHex(sealed)).toBe(toHex(sign1([HEADER, new Map(), PAYLOAD, SIGNATURE])))
  })

  it('signs nothing that a reader would refuse', async () => {
    await expect(sealSign1(NOTE, { ...note, number: -1 }, signer)).rejects.toMatchObject({
      code: 'STRUCT_MALFORMED',
    })
    await expect(sealSign1(NOTE, { ...note, text: new Uint8Array(200) }, signer)).rejects.toMatchObject({
      code: 'CBOR_LIMIT',
    })
  })
})

describe(parseSign1, () => {
  it('keeps a copy of the bytes', () => {
    const buffer = sealed.slice()
    const parsed = parseSign1(NOTE, buffer)
    buffer.fill(0)
    expect(parsed.bytes).toEqual(sealed)
  })

  it('takes one kind for no other', () => {
    expect(codeFrom(() => parseSign1(OTHER, sealed))).toBe('COSE_TYP_MISMATCH')
  })

  test.for<[string, string, Uint8Array]>([
    ['no tag', 'COSE_MALFORMED', sealed.subarray(1)],
    ['the tag of a COSE_Sign', 'COSE_MALFORMED', tagged(98, [HEADER, new Map(), PAYLOAD, SIGNATURE])],
    ['the tag in two bytes', 'COSE_MALFORMED', Uint8Array.from([0xd8, 0x12, ...sealed.subarray(1)])],
    ['a tag around the tag', 'COSE_MALFORMED', Uint8Array.from([0xd8, 0x3d, ...sealed])],
    ['the tag twice', 'CBOR_UNSUPPORTED', Uint8Array.from([0xd2, ...sealed])],
    ['nothing', 'COSE_MALFORMED', new Uint8Array(0)],
    ['the tag alone', 'CBOR_MALFORMED', sealed.subarray(0, 1)],
    ['three elements', 'COSE_MALFORMED', sign1([HEADER, new Map(), PAYLOAD])],
    ['five elements', 'COSE_MALFORMED', sign1([HEADER, new Map(), PAYLOAD, SIGNATURE, null])],
    ['a map in place of the array', 'STRUCT_MALFORMED', sign1(new Map())],
    [
      'an unprotected header',
      'COSE_MALFORMED',
      sign1([HEADER, new Map([[4, new Uint8Array(1)]]), PAYLOAD, SIGNATURE]),
    ],
    ['unprotected as an array', 'STRUCT_MALFORMED', sign1([HEADER, [], PAYLOAD, SIGNATURE])],
    ['a detached payload', 'COSE_MALFORMED', sign1([HEADER, new Map(), null, SIGNATURE])],
    ['a signature of 63 bytes', 'COSE_MALFORMED', sign1([HEADER, new Map(), PAYLOAD, SIGNATURE.subarray(1)])],
    ['bytes after the end', 'CBOR_MALFORMED', Uint8Array.from([...sealed, 0])],
    [
      'EdDSA, which names no curve',
      'COSE_ALGORITHM_UNSUPPORTED',
      withHeader([
        [1, -8],
        [16, NOTE.typ],
      ]),
    ],
    [
      'ES256',
      'COSE_ALGORITHM_UNSUPPORTED',
      withHeader([
        [1, -7],
        [16, NOTE.typ],
      ]),
    ],
    ['no algorithm', 'COSE_ALGORITHM_UNSUPPORTED', withHeader([[16, NOTE.typ]])],
    [
      'the algorithm as text',
      'COSE_ALGORITHM_UNSUPPORTED',
      withHeader([
        [1, 'Ed25519'],
        [16, NOTE.typ],
      ]),
    ],
    ['no typ', 'COSE_TYP_MISMATCH', withHeader([[1, -19]])],
    [
      'a typ in another case',
      'COSE_TYP_MISMATCH',
      withHeader([
        [1, -19],
        [16, NOTE.typ.toUpperCase()],
      ]),
    ],
    [
      'a protected kid',
      'STRUCT_MALFORMED',
      withHeader([
        [1, -19],
        [4, new Uint8Array(1)],
        [16, NOTE.typ],
      ]),
    ],
    [
      'crit',
      'CBOR_LIMIT',
      withHeader([
        [1, -19],
        [2, [16]],
        [16, NOTE.typ],
      ]),
    ],
    [
      'an empty protected header',
      'CBOR_MALFORMED',
      sign1([new Uint8Array(0), new Map(), PAYLOAD, SIGNATURE]),
    ],
    ['a later version', 'NEWER_THAN_ME', withPayload([[0, 2]])],
    [
      'a field from 64 on',
      'NEWER_THAN_ME',
      withPayload([
        [0, 1],
        [1, 7],
        [2, new Uint8Array(1)],
        [64, 0],
      ]),
    ],
    [
      'an unknown field',
      'STRUCT_MALFORMED',
      withPayload([
        [0, 1],
        [1, 7],
        [2, new Uint8Array(1)],
        [3, 0],
      ]),
    ],
    [
      'a payload beyond its limit',
      'CBOR_LIMIT',
      withPayload([
        [0, 1],
        [1, 7],
        [2, new Uint8Array(120)],
      ]),
    ],
  ])('refuses %s with %s', ([, code, bytes]) => {
    expect(codeFrom(() => parseSign1(NOTE, bytes))).toBe(code)
  })

  it('refuses every change of a single bit, or its signature fails', async () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice()
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      const outcome = await outcomeOf(changed)
      expect(outcome, `byte ${at}`).toMatch(/^(?:COSE|CBOR|STRUCT|NEWER)_/)
    }
  })
})

interface Published {
  readonly title: string
  readonly fail?: boolean
  readonly input: {
    readonly sign0?: {
      readonly alg?: string
      readonly external?: string
      readonly key: { readonly crv: string; readonly x_hex?: string }
    }
    readonly failures?: Readonly<Record<string, unknown>>
  }
  readonly intermediates: { readonly ToBeSign_hex: string }
  readonly output: { readonly cbor: string }
}

const files = [...listData('crypto/cose'), ...listData('crypto/cwt')].filter((file) => file.endsWith('.json'))
const published = files
  .map((file) => JSON.parse(new TextDecoder().decode(readData(file))) as Published)
  .filter(({ input }) => input.sign0 !== undefined)

describe.skipIf(published.length === 0)('published COSE and CWT vectors with one signer', () => {
  const untouched = published.filter(
    ({ input, title }) => input.failures === undefined && !/External|Redo/.test(title),
  )
  const ed25519 = published.filter(({ input }) => input.sign0?.key.crv === 'Ed25519')

  it('are as many as are counted here: the others are signed with curves that are out of scope', () => {
    expect([
      published.length,
      untouched.length,
      ed25519.length,
      published.filter(({ fail }) => fail).length,
    ]).toEqual([17, 8, 1, 6])
  })

  test.for(untouched)('$title has the Sig_structure that is published', ({ output, intermediates }) => {
    const [header, , payload] = partsOf(output.cbor)
    expect(toHex(signatureInput(header, payload)).toUpperCase()).toBe(
      intermediates.ToBeSign_hex.toUpperCase(),
    )
  })

  test.for(ed25519)('$title holds under its key', async ({ input, output }) => {
    const key = fromHex(input.sign0?.key.x_hex ?? '')
    const [header, , payload, signature] = partsOf(output.cbor)
    expect(await verifySignature(portableCrypto, key, signatureInput(header, payload), signature)).toBe(true)
    expect(
      await verifySignature(portableCrypto, key, signatureInput(header, new Uint8Array(1)), signature),
    ).toBe(false)
  })

  test.for(published)('$title is no object of the mesh', ({ output }) => {
    expect(codeFrom(() => parseSign1(NOTE, fromHex(output.cbor.toLowerCase())))).toMatch(/^(?:COSE|CBOR)_/)
  })
})

function kindOf(typ: string): SignedKind<Note> {
  return {
    typ,
    payload: struct<Note>(
      'note',
      { number: required(1, uint), text: required(2, bytesUpTo(200)) },
      { version: 1, unknown: 'refuse' },
    ),
    limits: { maxBytes: 100, maxDepth: 1, maxItems: 16 },
  }
}

function headerOf(entries: readonly (readonly [number, unknown])[]): Uint8Array {
  return encode(new Map(entries), rfc8949EncodeOptions)
}

function sign1(value: unknown): Uint8Array {
  return tagged(18, value)
}

function tagged(tag: number, value: unknown): Uint8Array {
  return encode(new Tagged(tag, value), rfc8949EncodeOptions)
}

function withHeader(entries: readonly (readonly [number, unknown])[]): Uint8Array {
  return sign1([headerOf(entries), new Map(), PAYLOAD, SIGNATURE])
}

function withPayload(entries: readonly (readonly [number, unknown])[]): Uint8Array {
  return sign1([HEADER, new Map(), headerOf(entries), SIGNATURE])
}

/** Protected header, unprotected header, payload and signature of a published object, by another implementation. */
function partsOf(hex: string): readonly [Uint8Array, unknown, Uint8Array, Uint8Array] {
  return decode(fromHex(hex.toLowerCase()), {
    useMaps: true,
    tags: { 18: (inner: () => unknown) => inner() },
  }) as [Uint8Array, unknown, Uint8Array, Uint8Array]
}

async function outcomeOf(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await verifySign1(portableCrypto, parseSign1(NOTE, bytes), signer.publicKey)
  } catch (error) {
    return codeOf(error)
  }
  return 'VERIFIED'
}
