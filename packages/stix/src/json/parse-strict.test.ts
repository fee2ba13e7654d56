import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { StixError } from '../errors.ts'
import { canonicalise, canonicalText } from './canonicalise.ts'
import type { JsonValue } from './json-value.ts'
import { parseCanonical } from './parse-canonical.ts'
import { DEFAULT_JSON_LIMITS, parseJson } from './parse-strict.ts'

const utf8 = new TextEncoder()
const parse = (text: string): JsonValue => parseJson(utf8.encode(text))

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'ok'
  } catch (error) {
    if (!(error instanceof StixError)) throw error
    return `${error.code} ${error.path}`
  }
}

describe(parseJson, () => {
  test.for([
    ['', 'JSON_SYNTAX '],
    ['{', 'JSON_SYNTAX '],
    ['[1,]', 'JSON_SYNTAX /1'],
    ['{"a":1,}', 'JSON_SYNTAX /a'],
    ['[1] 2', 'JSON_SYNTAX '],
    ['{"a" 1}', 'JSON_SYNTAX /a'],
    ['"a\nb"', 'JSON_SYNTAX '],
    ['"\\x"', 'JSON_SYNTAX '],
    ['"\\u12g4"', 'JSON_SYNTAX '],
    ['01', 'JSON_SYNTAX '],
    ['1.', 'JSON_SYNTAX '],
    ['.5', 'JSON_SYNTAX '],
    ['+1', 'JSON_SYNTAX '],
    ['1e', 'JSON_SYNTAX '],
    ['NaN', 'JSON_SYNTAX '],
    ['nul', 'JSON_SYNTAX '],
    ['\ufeff{}', 'JSON_SYNTAX '],
    ['{"a":{"b":1,"b":2}}', 'JSON_DUPLICATE_NAME /a/b'],
    ['{"__proto__":1,"__proto__":2}', 'JSON_DUPLICATE_NAME /__proto__'],
    ['{"a":1,"\\u0061":2}', 'JSON_DUPLICATE_NAME /a'],
    ['["\\ud800"]', 'JSON_SURROGATE /0'],
    ['["\\udc00\\ud800"]', 'JSON_SURROGATE /0'],
    ['9007199254740992', 'JSON_NUMBER_LOSSY '],
    ['-9007199254740993', 'JSON_NUMBER_LOSSY '],
    ['9007199254740993.0', 'JSON_NUMBER_LOSSY '],
    ['0.1000000000000000055511151231257827', 'JSON_NUMBER_LOSSY '],
    ['1e16', 'JSON_NUMBER_LOSSY '],
    ['1e400', 'JSON_NUMBER_LOSSY '],
    ['1e-400', 'JSON_NUMBER_LOSSY '],
    [`1e${'9'.repeat(1000)}`, 'JSON_NUMBER_LOSSY '],
  ])('refuses %j with %j', ([text, code]) => {
    expect(codeOf(() => parse(text as string))).toBe(code)
  })

  test.for([
    ['48.0', 48],
    ['-0', 0],
    ['-0.0', 0],
    ['9007199254740991', 9007199254740991],
    ['0.10000000000000001', 0.1],
    ['1.5e3', 1500],
    ['1e21', 1e21],
    ['5e-324', 5e-324],
    ['"\\ud83d\\ude00\\/\\u0000"', '\u{1f600}/\0'],
    [' [ true , false , null ] ', [true, false, null]],
  ] as const)('reads %j', ([text, value]) => {
    expect(parse(text)).toStrictEqual(value)
  })

  it('refuses bytes that are no UTF-8', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ]) {
      expect(
        codeOf(() => parseJson(Uint8Array.from(bytes))),
        String(bytes),
      ).toBe('JSON_UTF8_INVALID ')
    }
  })

  it('bounds size, depth and count', () => {
    const limits = { maxBytes: 64, maxDepth: 3, maxValues: 5 }
    const run = (text: string) => codeOf(() => parseJson(utf8.encode(text), limits))
    expect(run(`"${'a'.repeat(64)}"`)).toBe('JSON_TOO_LARGE ')
    expect(run('[[[1]]]')).toBe('ok')
    expect(run('[[[[1]]]]')).toBe('JSON_TOO_DEEP /0/0/0')
    expect(run('[1,2,3,4]')).toBe('ok')
    expect(run('[1,2,3,4,5]')).toBe('JSON_TOO_MANY_VALUES /4')
    expect(codeOf(() => parse('['.repeat(100_000)))).toMatch(/^JSON_TOO_DEEP /)
  })

  it('keeps names that objects inherit elsewhere', () => {
    const value = parse('{"__proto__":{"polluted":1},"constructor":2,"toString":3}') as Record<
      string,
      unknown
    >
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(value['hasOwnProperty']).toBeUndefined()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(canonicalText(value as JsonValue)).toBe(
      '{"__proto__":{"polluted":1},"constructor":2,"toString":3}',
    )
  })

  it('reads what JSON.stringify writes, and writes it back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        fc.pre(text.isWellFormed() && !text.includes('\\ud'))
        const lossy = (item: unknown): boolean => Number.isInteger(item) && !Number.isSafeInteger(item)
        fc.pre(
          !JSON.stringify(value, (_name, item: unknown) => (lossy(item) ? 'lossy' : item)).includes('lossy'),
        )
        expect(JSON.parse(canonicalText(parse(text)))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('throws nothing but StixError, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void codeOf(() => parseJson(bytes))))
    fc.assert(fc.property(fc.string({ maxLength: 64 }), (text) => void codeOf(() => parse(text))))
  })
})

describe(canonicalise, () => {
  it('gives the bytes of the example of RFC 8785', () => {
    const text = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`
    const canonical = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`
    expect(new TextDecoder().decode(canonicalise(parse(text)))).toBe(canonical)
  })

  it('sorts names by UTF-16 code units', () => {
    const value = parse(
      '{"\\ufb33":1,"\\ud83d\\ude00":2,"\\u20ac":3,"\\r":4,"1":5,"\\u0080":6,"\\u00f6":7,"10":8,"9":9}',
    )
    const values = Array.from(canonicalText(value).matchAll(/:(\d)/g), ([, digit]) => digit).join('')
    expect(values).toBe('458967321')
  })

  it('refuses what no JSON text holds', () => {
    for (const value of [Number.NaN, Infinity, '\ud800', { a: undefined }, [undefined]]) {
      expect(() => canonicalise(value as JsonValue)).toThrow(TypeError)
    }
  })
})

describe(parseCanonical, () => {
  const limits = DEFAULT_JSON_LIMITS
  test.for(['{"b":1,"a":2}', '{ "a":1}', '"\\u0041"', '1.0', '1E3', '"\\/"', '-0', '[1]\n', '"\\u000F"'])(
    'refuses %j',
    (text) => {
      expect(codeOf(() => parseCanonical(utf8.encode(text), limits))).toBe('JSON_NOT_CANONICAL ')
    },
  )

  it('takes exactly what canonicalise writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        let bytes: Uint8Array
        try {
          bytes = canonicalise(parse(JSON.stringify(value)))
        } catch (error) {
          if (error instanceof StixError) return
          throw error
        }
        expect(canonicalise(parseCanonical(bytes, limits))).toEqual(bytes)
      }),
    )
  })

  it('takes names that look like indexes', () => {
    const bytes = utf8.encode('{"1":0,"10":1,"9":2,"a":3}')
    expect(canonicalise(parseCanonical(bytes, limits))).toEqual(bytes)
  })
})
