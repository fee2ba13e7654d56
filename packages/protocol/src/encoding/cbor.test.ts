import { decode as cborgDecode, encode as cborgEncode, rfc8949EncodeOptions } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { readData } from '../../../../test/data/data.ts'
import { type CborKey, type CborValue, decodeCbor, encodeCbor, viewCbor } from './cbor.ts'
import { concatBytes, fromHex, toHex } from './text.ts'

const LIMITS = { maxBytes: 1 << 20, maxDepth: 16, maxItems: 4096 }
const LEAST = -(2n ** 63n)
const GREATEST = 2n ** 64n - 1n

/** Integers as the decoder gives them back: numbers where a number is exact. */
const integer = fc
  .oneof(
    fc.constantFrom(
      0n,
      23n,
      24n,
      255n,
      256n,
      65_535n,
      65_536n,
      2n ** 31n,
      2n ** 32n - 1n,
      2n ** 32n,
      2n ** 53n,
      GREATEST,
    ),
    fc.constantFrom(
      -1n,
      -24n,
      -25n,
      -256n,
      -257n,
      -(2n ** 31n) - 1n,
      -(2n ** 32n),
      -(2n ** 32n) - 1n,
      -(2n ** 53n),
      LEAST,
    ),
    fc.bigInt(LEAST, GREATEST),
  )
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value))
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 90 }),
  fc.string({ maxLength: 90 }).map((tail) => `\ufeff${tail}`),
)
const key = fc.oneof(fc.integer(), fc.string({ unit: 'grapheme', maxLength: 30 }))

const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    integer,
    text,
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 30 })
      .map((entries) => new Map<CborKey, CborValue>(entries)),
  ),
})).value

describe(encodeCbor, () => {
  it('is read back as it was', () => {
    fc.assert(
      fc.property(value, (each) => {
        expect(decodeCbor(encodeCbor(each), LIMITS)).toEqual(each)
      }),
    )
  })

  it('does not depend on the order in which a map was filled', () => {
    const entries = fc.uniqueArray(fc.tuple(key, integer), { selector: ([each]) => each, maxLength: 40 })
    fc.assert(
      fc.property(entries, (each) => {
        expect(encodeCbor(new Map(each.toReversed()))).toEqual(encodeCbor(new Map(each)))
      }),
    )
  })

  it('writes what cborg writes by the rules of RFC 8949', () => {
    fc.assert(
      fc.property(value, (each) => {
        expect(toHex(encodeCbor(each))).toBe(toHex(cborgEncode(each, rfc8949EncodeOptions)))
      }),
    )
  })

  test.for<[string, unknown]>([
    ['a fraction', 1.5],
    ['NaN', Number.NaN],
    ['a number beyond those that are exact', 2 ** 53],
    ['an integer above 64 bits', 2n ** 64n],
    ['an integer below 64 bits', LEAST - 1n],
    ['a lone surrogate', '\ud800'],
    ['undefined', undefined],
    ['an object', {}],
    ['a fraction as a key', new Map([[0.5, 1]])],
  ])('refuses %s', ([, each]) => {
    expect(codeFrom(() => encodeCbor(each as CborValue))).toBe('CBOR_UNSUPPORTED')
  })
})

describe(decodeCbor, () => {
  it('accepts one spelling: what it reads is written as the same bytes, and cborg reads the same', () => {
    const mutated = fc.tuple(
      value,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
    )
    let accepted = 0
    fc.assert(
      fc.property(mutated, ([each, changes]) => {
        const bytes = encodeCbor(each)
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        const read = attempt(() => decodeCbor(bytes, LIMITS))
        if (read === undefined) return
        accepted++
        expect(encodeCbor(read)).toEqual(bytes)
        // cborg drops a byte order mark at the start of a text.
        if (!toHex(bytes).includes('efbbbf')) expect(cborgDecode(bytes, CBORG_STRICT)).toEqual(read)
      }),
      { numRuns: 2000 },
    )
    expect(accepted).toBeGreaterThan(50)
  })

  it('accepts one spelling of random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const read = attempt(() => decodeCbor(bytes, LIMITS))
        if (read !== undefined) expect(encodeCbor(read)).toEqual(bytes)
      }),
      { numRuns: 5000 },
    )
  })

  it('gives byte strings of their own', () => {
    const bytes = fromHex('4201ff')
    const read = decodeCbor(bytes, LIMITS)
    bytes.fill(0)
    expect(read).toEqual(fromHex('01ff'))
  })

  it('refuses what ends early, at every byte', () => {
    const whole = encodeCbor([
      new Map<CborKey, CborValue>([
        [1, 'text'],
        [-1, new Uint8Array(30)],
        ['k', [2 ** 40, null]],
      ]),
      'end',
    ])
    for (let end = 0; end < whole.length; end++) {
      expect(
        codeFrom(() => decodeCbor(whole.subarray(0, end), LIMITS)),
        `cut at ${end}`,
      ).toBe('CBOR_MALFORMED')
    }
  })

  test.for<[string, string, Uint8Array | string]>([
    [
      'a bignum of 256 KB',
      'CBOR_UNSUPPORTED',
      concatBytes(fromHex('c25a00040000'), new Uint8Array(262_144).fill(255)),
    ],
    ['100,000 arrays in one another', 'CBOR_LIMIT', new Uint8Array(100_000).fill(0x81)],
    ['maps in one another', 'CBOR_LIMIT', fromHex('a100'.repeat(1000))],
    ['more values than allowed', 'CBOR_LIMIT', concatBytes(fromHex('992000'), new Uint8Array(8192))],
    ['an array of 2^53 values', 'CBOR_MALFORMED', '9b0020000000000000'],
    ['an array of 2^64-1 values', 'CBOR_MALFORMED', '9bffffffffffffffff'],
    ['a map of 2^53 values', 'CBOR_MALFORMED', 'bb0020000000000000'],
    ['text of 2^53 bytes', 'CBOR_MALFORMED', '7b0020000000000000'],
    ['bytes of 2^32 bytes', 'CBOR_MALFORMED', '5b0000000100000000'],
    ['an indefinite array', 'CBOR_UNSUPPORTED', '9f01ff'],
    ['an indefinite map', 'CBOR_UNSUPPORTED', 'bf0102ff'],
    ['indefinite bytes', 'CBOR_UNSUPPORTED', '5f4101ff'],
    ['indefinite text', 'CBOR_UNSUPPORTED', '7f6161ff'],
    ['a break alone', 'CBOR_UNSUPPORTED', 'ff'],
    ['a key twice', 'CBOR_NOT_CANONICAL', 'a201000102'],
    ['a text key twice', 'CBOR_NOT_CANONICAL', 'a2616100616101'],
    ['keys in descending order', 'CBOR_NOT_CANONICAL', 'a202000100'],
    ['text before an integer', 'CBOR_NOT_CANONICAL', 'a26161000100'],
    ['a negative before a positive key', 'CBOR_NOT_CANONICAL', 'a220000100'],
    ['a longer text key first', 'CBOR_NOT_CANONICAL', 'a262616100616200'],
    ['an array as key', 'CBOR_UNSUPPORTED', 'a18000'],
    ['bytes as key', 'CBOR_UNSUPPORTED', 'a1410000'],
    ['an integer of 64 bits as key', 'CBOR_UNSUPPORTED', 'a11bffffffffffffffff00'],
    ['23 in two bytes', 'CBOR_NOT_CANONICAL', '1817'],
    ['255 in three bytes', 'CBOR_NOT_CANONICAL', '1900ff'],
    ['65,535 in five bytes', 'CBOR_NOT_CANONICAL', '1a0000ffff'],
    ['2^32-1 in nine bytes', 'CBOR_NOT_CANONICAL', '1b00000000ffffffff'],
    ['-2^32 in nine bytes', 'CBOR_NOT_CANONICAL', '3b00000000ffffffff'],
    ['a length in too many bytes', 'CBOR_NOT_CANONICAL', '580100'],
    ['-2^63-1', 'CBOR_UNSUPPORTED', '3b8000000000000000'],
    ['a stray continuation byte', 'CBOR_MALFORMED', '6180'],
    ['an overlong character', 'CBOR_MALFORMED', '62c0af'],
    ['a surrogate in UTF-8', 'CBOR_MALFORMED', '63eda080'],
    ['a character beyond U+10FFFF', 'CBOR_MALFORMED', '64f4908080'],
    ['tag 28, a shared value', 'CBOR_UNSUPPORTED', 'd81c80'],
    ['tag 29, a reference', 'CBOR_UNSUPPORTED', 'd81d00'],
    ['tag 18', 'CBOR_UNSUPPORTED', 'd280'],
    ['NaN', 'CBOR_UNSUPPORTED', 'f97e00'],
    ['a float', 'CBOR_UNSUPPORTED', 'fb3ff199999999999a'],
    ['undefined', 'CBOR_UNSUPPORTED', 'f7'],
    ['a simple value', 'CBOR_UNSUPPORTED', 'f0'],
    ['a reserved argument', 'CBOR_UNSUPPORTED', '1c'],
    ['bytes after the value', 'CBOR_MALFORMED', '0000'],
    ['nothing', 'CBOR_MALFORMED', ''],
  ])('refuses %s with %s', ([, code, input]) => {
    expect(codeFrom(() => decodeCbor(typeof input === 'string' ? fromHex(input) : input, LIMITS))).toBe(code)
  })

  it('holds each limit, and the value at it', () => {
    const bytes = encodeCbor([[1, 2], 3])
    const exact = { maxBytes: bytes.length, maxDepth: 2, maxItems: 5 }
    expect(decodeCbor(bytes, exact)).toEqual([[1, 2], 3])
    for (const name of ['maxBytes', 'maxDepth', 'maxItems'] as const) {
      expect(
        codeFrom(() => decodeCbor(bytes, { ...exact, [name]: exact[name] - 1 })),
        name,
      ).toBe('CBOR_LIMIT')
    }
  })
})

describe(viewCbor, () => {
  it('reads what decodeCbor reads, and refuses the rest alike', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 0, max: 255 }), (each, at, byte) => {
        const bytes = encodeCbor(each)
        expect(viewCbor(bytes, LIMITS)).toEqual(each)
        bytes[at % bytes.length] = byte
        expect(attempt(() => viewCbor(bytes, LIMITS))).toEqual(attempt(() => decodeCbor(bytes, LIMITS)))
      }),
    )
  })

  it('copies nothing', () => {
    const bytes = fromHex('4201ff')
    expect((viewCbor(bytes, LIMITS) as Uint8Array).buffer).toBe(bytes.buffer)
  })
})

/** Initial bytes of tags, floats, other simple values and indefinite lengths. */
const OUTSIDE = /^(?:[5-9ab]f|[cde]|f[0-3]|f[7-9a-f])/
/** What begins inside the subset and holds something from outside, or an integer beyond it. */
const OUTSIDE_WITHIN = [
  '3bffffffffffffffff',
  '83018202039f0405ff',
  '83019f0203ff820405',
  '826161bf61626163ff',
]
const appendixA = readData('crypto/cbor/appendix_a.json')

describe.skipIf(appendixA === undefined)('appendix A of RFC 8949', () => {
  const examples = JSON.parse(new TextDecoder().decode(appendixA ?? fromHex('5b5d'))) as readonly {
    readonly hex: string
  }[]
  const isOutside = (hex: string): boolean => OUTSIDE.test(hex) || OUTSIDE_WITHIN.includes(hex)

  it('has 82 examples, 36 of them inside the subset', () => {
    expect([examples.length, examples.filter(({ hex }) => !isOutside(hex)).length]).toEqual([82, 36])
  })

  test.for(examples)('$hex', ({ hex }) => {
    const bytes = fromHex(hex)
    if (isOutside(hex)) return expect(codeFrom(() => decodeCbor(bytes, LIMITS))).toBe('CBOR_UNSUPPORTED')
    const read = decodeCbor(bytes, LIMITS)
    expect(read).toEqual(cborgDecode(bytes, CBORG_STRICT))
    expect(toHex(encodeCbor(read))).toBe(hex)
  })
})

const CBORG_STRICT = {
  strict: true,
  useMaps: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
} as const

function attempt(read: () => CborValue): CborValue | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
