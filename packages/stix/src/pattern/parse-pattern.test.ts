import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { StixError } from '../errors.ts'
import { MAX_PATTERN_DEPTH, MAX_PATTERN_LENGTH, MAX_PATTERN_TERMS, parsePattern } from './parse-pattern.ts'

const path = new URL('../../../../test/vectors/stix/pattern-syntax.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8')) as { cases: { pattern: string; valid: boolean }[] }

function codeOf(pattern: string): string {
  try {
    parsePattern(pattern)
    return 'ok'
  } catch (error) {
    if (!(error instanceof StixError)) throw error
    return error.code
  }
}

describe(parsePattern, () => {
  test.for(vectors.cases.map(({ pattern, valid }) => [pattern, valid] as const))('%s', ([pattern, valid]) => {
    expect(codeOf(pattern) === 'ok').toBe(valid)
  })

  it('gives a tree', () => {
    const { expression } = parsePattern(
      `([file:hashes.'SHA-256' NOT IN ('${'a'.repeat(64)}') OR EXISTS url:value] AND [x-y:z_a[*].b.'c d'[2] >= -1.5]) FOLLOWEDBY [a:bcd = b'YQ=='] WITHIN 5.5 SECONDS`,
    )
    expect(expression).toMatchObject({
      kind: 'followed-by',
      operands: [
        {
          kind: 'and',
          operands: [
            {
              comparison: {
                kind: 'or',
                operands: [
                  {
                    operator: 'IN',
                    negated: true,
                    path: { objectType: 'file', steps: ['hashes', 'SHA-256'] },
                  },
                  { operator: 'EXISTS', negated: false, constants: [] },
                ],
              },
            },
            {
              comparison: {
                path: { objectType: 'x-y', steps: ['z_a', { index: '*' }, 'b', 'c d', { index: 2 }] },
                constants: [{ type: 'float', text: '-1.5' }],
              },
            },
          ],
        },
        { kind: 'qualified', qualifier: { kind: 'within', seconds: 5.5 } },
      ],
    })
  })

  it('binds AND before OR before FOLLOWEDBY', () => {
    const { expression } = parsePattern(
      '[a:bcd=1] FOLLOWEDBY [a:bcd=2] OR [a:bcd=3] AND [a:bcd=4 OR a:bcd=5 AND a:bcd=6]',
    )
    expect(expression).toMatchObject({
      kind: 'followed-by',
      operands: [
        {},
        {
          kind: 'or',
          operands: [
            {},
            { kind: 'and', operands: [{}, { comparison: { kind: 'or', operands: [{}, { kind: 'and' }] } }] },
          ],
        },
      ],
    })
  })

  it('resolves escapes and skips comments', () => {
    const { expression } = parsePattern(String.raw`/* a */ [file:name = 'a\'b\\c'] // end`)
    expect(expression).toMatchObject({ comparison: { constants: [{ text: String.raw`a'b\c` }] } })
  })

  test.for([
    ['', 'PATTERN_SYNTAX'],
    ['[]', 'PATTERN_SYNTAX'],
    ['[a:bcd=1', 'PATTERN_SYNTAX'],
    ['[a:bcd=1]]', 'PATTERN_SYNTAX'],
    ['[a:bcd=1] and [a:bcd=1]', 'PATTERN_SYNTAX'],
    ["[a:bcd='x]", 'PATTERN_SYNTAX'],
    [String.raw`[a:bcd='\n']`, 'PATTERN_SYNTAX'],
    ['[a:bcd=01]', 'PATTERN_SYNTAX'],
    ['[a:bcd LIKE 1]', 'PATTERN_SYNTAX'],
    ['[a:bcd < true]', 'PATTERN_SYNTAX'],
    ['[a:b-c=1]', 'PATTERN_SYNTAX'],
    ['[AND:bcd=1]', 'PATTERN_SYNTAX'],
    ['[NOT a:bcd=1]', 'PATTERN_SYNTAX'],
    ["[a:bcd=h'abc']", 'PATTERN_SYNTAX'],
    ['/* [a:bcd=1]', 'PATTERN_SYNTAX'],
    ['[a:bcd=1] START 1 STOP 2', 'PATTERN_SYNTAX'],
    ['[a:bcd=\u0000]', 'PATTERN_SYNTAX'],
    ['[a:bcd=1] REPEATS 0 TIMES', 'PATTERN_INVALID'],
    ['[a:bcd=1] WITHIN 0 SECONDS', 'PATTERN_INVALID'],
    ["[a:bcd IN (1, 'x')]", 'PATTERN_INVALID'],
    ["[file:hashes.MD5 IN ('abc')]", 'PATTERN_INVALID'],
    ['[a:bcd=1] REPEATS 2 TIMES REPEATS 3 TIMES', 'PATTERN_INVALID'],
  ])('refuses %j', ([pattern, code]) => {
    expect(codeOf(pattern as string)).toBe(code)
  })

  it('bounds length, depth and terms', () => {
    expect(codeOf(`[${'a'.repeat(10_000_000)}`)).toBe('PATTERN_TOO_LONG')
    expect(codeOf('('.repeat(100_000))).toBe('PATTERN_TOO_DEEP')
    expect(codeOf(`[${'('.repeat(100_000)}`)).toBe('PATTERN_TOO_DEEP')
    expect(codeOf(`[${'a:b=1 OR '.repeat(MAX_PATTERN_TERMS)}a:b=1]`)).toBe('PATTERN_TOO_MANY_TERMS')
    expect(codeOf(`[a:b IN (${'1,'.repeat(MAX_PATTERN_TERMS)}1)]`)).toBe('PATTERN_TOO_MANY_TERMS')
    expect(codeOf(`[${'a:b=1 OR '.repeat(100_000)}a:b=1]`)).toBe('PATTERN_TOO_LONG')
    const depth = MAX_PATTERN_DEPTH
    expect(codeOf(`${'('.repeat(depth)}[a:b=1]${')'.repeat(depth)}`)).toBe('ok')
  })

  it('reads the longest patterns in one pass', () => {
    const room = MAX_PATTERN_LENGTH - 20
    expect(codeOf(`[a:${'b.'.repeat(room / 2)}b=1]`)).toBe('ok')
    expect(codeOf(`[a:b='${String.raw`\'`.repeat(room / 2)}']`)).toBe('ok')
    expect(codeOf(`${' '.repeat(room)}[a:b=1]`)).toBe('ok')
    expect(codeOf('/*'.repeat(room / 2))).toBe('PATTERN_SYNTAX')
    expect(codeOf(`[a:b MATCHES '${'(a+)+'.repeat(20_000)}$']`)).toBe('ok')
  })

  it('throws nothing but StixError', () => {
    const pieces = fc.constantFrom(
      '[',
      ']',
      '(',
      ')',
      'a:bcd',
      ' AND ',
      ' OR ',
      ' FOLLOWEDBY ',
      '=',
      '!=',
      ' IN ',
      ' NOT ',
      " 'x' ",
      '1',
      '-1.5',
      "t'",
      ',',
      '.',
      '*',
      ' EXISTS ',
      ' WITHIN 1 SECONDS ',
      '/*',
      '*/',
      '//',
      '\\',
      '\n',
      'é',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => void codeOf(parts.join(''))),
      { numRuns: 2000 },
    )
    fc.assert(fc.property(fc.string(), (text) => void codeOf(text)))
  })
})
