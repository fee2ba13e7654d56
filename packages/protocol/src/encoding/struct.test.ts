import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import type { CborKey, CborValue } from './cbor.ts'
import {
  bytesOf,
  bytesUpTo,
  isPrintable,
  listOf,
  oneOf,
  setOf,
  textUpTo,
  uint,
  uint64,
  uintUpTo,
} from './field-types.ts'
import { optional, required, struct } from './struct.ts'

interface Span {
  readonly from: number
  readonly to: number
  readonly name?: string
}

const SPAN = struct<Span>(
  'span',
  { from: required(1, uint), to: required(2, uint), name: optional(-7, textUpTo(5)) },
  { version: 2, unknown: 'refuse' },
  ['an end after the beginning', ({ from, to }) => to > from],
)
const OPEN = struct<Span>(
  'open',
  { from: required(1, uint), to: required(2, uint), name: optional(-7, textUpTo(5)) },
  { unknown: 'ignore' },
)
const GOOD: readonly (readonly [CborKey, CborValue])[] = [
  [0, 2],
  [1, 10],
  [2, 20],
]

describe(struct, () => {
  it('reads back what it writes', () => {
    const span = fc
      .record(
        { from: fc.nat(), to: fc.nat(), name: fc.constantFrom('a', 'abcde') },
        { requiredKeys: ['from', 'to'] },
      )
      .filter(({ from, to }) => to > from)
    fc.assert(
      fc.property(span, (each) => {
        expect(SPAN.decode(SPAN.encode(each), 'span')).toEqual(each)
      }),
    )
  })

  it('leaves out what is undefined', () => {
    expect(SPAN.encode({ from: 1, to: 2 })).toEqual(
      new Map([
        [0, 2],
        [1, 1],
        [2, 2],
      ]),
    )
  })

  test.for<[string, string, readonly (readonly [CborKey, CborValue])[]]>([
    ['an unknown field', 'STRUCT_MALFORMED', [...GOOD, [63, 1]]],
    ['an unknown text field', 'STRUCT_MALFORMED', [...GOOD, ['name', 'a']]],
    ['an unknown negative field', 'STRUCT_MALFORMED', [...GOOD, [-64, 1]]],
    ['field 64', 'NEWER_THAN_ME', [...GOOD, [64, 1]]],
    ['field 100,000', 'NEWER_THAN_ME', [...GOOD, [100_000, 1]]],
    ['a later version', 'NEWER_THAN_ME', [[0, 3], ...GOOD.slice(1)]],
    [
      'a later version whose fields changed',
      'NEWER_THAN_ME',
      [
        [0, 3],
        [5, 'x'],
      ],
    ],
    ['a version beyond all', 'NEWER_THAN_ME', [[0, 2n ** 63n]]],
    ['an earlier version', 'STRUCT_MALFORMED', [[0, 1], ...GOOD.slice(1)]],
    ['a version that is none', 'STRUCT_MALFORMED', [[0, '3'], ...GOOD.slice(1)]],
    ['no version', 'STRUCT_MALFORMED', GOOD.slice(1)],
    ['a missing field', 'STRUCT_MALFORMED', GOOD.slice(0, 2)],
    ['a null field', 'STRUCT_MALFORMED', [...GOOD.slice(0, 2), [2, null]]],
    ['an ill-typed field', 'STRUCT_MALFORMED', [...GOOD.slice(0, 2), [2, '20']]],
    ['an ill-typed optional field', 'STRUCT_MALFORMED', [...GOOD, [-7, 1]]],
    [
      'fields that do not fit one another',
      'STRUCT_MALFORMED',
      [
        [0, 2],
        [1, 10],
        [2, 10],
      ],
    ],
  ])('refuses %s with %s', ([, code, entries]) => {
    expect(codeFrom(() => SPAN.decode(new Map(entries), 'span'))).toBe(code)
  })

  test.for<[string, CborValue]>([
    ['an array', []],
    ['null', null],
    ['text', 'a'],
    ['bytes', new Uint8Array(1)],
  ])('refuses %s in its place', ([, value]) =>
    expect(codeFrom(() => SPAN.decode(value, 'span'))).toBe('STRUCT_MALFORMED'),
  )

  it('reads past unknown fields where later writers may say more, and no others', () => {
    const more = new Map<CborKey, CborValue>([
      [1, 1],
      [2, 2],
      [3, 3],
      [64, 4],
      ['later', 5],
    ])
    expect(OPEN.decode(more, 'open')).toEqual({ from: 1, to: 2 })
    expect(codeFrom(() => OPEN.decode(new Map([[1, 1]]), 'open'))).toBe('STRUCT_MALFORMED')
  })
})

describe('field types', () => {
  const set = setOf(bytesOf(2), 3, 1)
  const words = oneOf(['a', 'b'])
  const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)

  test.for<[string, { decode(value: CborValue, path: string): unknown }, CborValue, string]>([
    ['uint', uint, 2 ** 53 - 1, 'taken'],
    ['uint', uint, 2n ** 53n, 'STRUCT_MALFORMED'],
    ['uint', uint, -1, 'STRUCT_MALFORMED'],
    ['uintUpTo', uintUpTo(9, 3), 9, 'taken'],
    ['uintUpTo', uintUpTo(9, 3), 10, 'STRUCT_MALFORMED'],
    ['uintUpTo', uintUpTo(9, 3), 2, 'STRUCT_MALFORMED'],
    ['uint64', uint64, 2n ** 64n - 1n, 'taken'],
    ['uint64', uint64, -1, 'STRUCT_MALFORMED'],
    ['uint64', uint64, -(2n ** 60n), 'STRUCT_MALFORMED'],
    ['bytesOf', bytesOf(2), bytes(1, 2), 'taken'],
    ['bytesOf', bytesOf(2), bytes(1), 'STRUCT_MALFORMED'],
    ['bytesUpTo', bytesUpTo(2, 1), bytes(1, 2, 3), 'STRUCT_MALFORMED'],
    ['bytesUpTo', bytesUpTo(2, 1), bytes(), 'STRUCT_MALFORMED'],
    ['textUpTo', textUpTo(3), 'abc', 'taken'],
    ['textUpTo', textUpTo(3), 'abcd', 'STRUCT_MALFORMED'],
    ['textUpTo', textUpTo(3), '', 'STRUCT_MALFORMED'],
    ['textUpTo', textUpTo(3), 'a\u202e', 'STRUCT_MALFORMED'],
    ['oneOf', words, 1, 'taken'],
    ['oneOf', words, 2, 'NEWER_THAN_ME'],
    ['oneOf', words, -1, 'STRUCT_MALFORMED'],
    ['oneOf', words, 'a', 'STRUCT_MALFORMED'],
    ['listOf', listOf(uint, 2, 1), [2, 1], 'taken'],
    ['listOf', listOf(uint, 2, 1), [], 'STRUCT_MALFORMED'],
    ['listOf', listOf(uint, 2, 1), [1, 2, 3], 'STRUCT_MALFORMED'],
    ['setOf', set, [bytes(0, 9), bytes(1, 0)], 'taken'],
    ['setOf', set, [bytes(1, 0), bytes(0, 9)], 'STRUCT_MALFORMED'],
    ['setOf', set, [bytes(1, 0), bytes(1, 0)], 'STRUCT_MALFORMED'],
    ['setOf', set, [], 'STRUCT_MALFORMED'],
    ['setOf', setOf(words, 2), [0, 1], 'taken'],
    ['setOf', setOf(words, 2), [1, 0], 'STRUCT_MALFORMED'],
  ])('%s: %#', ([, type, value, expected]) => {
    expect(codeFrom(() => type.decode(value, 'field'))).toBe(
      expected === 'taken' ? 'NOTHING_THROWN' : expected,
    )
  })

  it('writes a set in one order, whatever order and however often its elements were given', () => {
    const elements = fc.array(fc.uint8Array({ minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 9 })
    const wide = setOf(bytesOf(2), 9, 1)
    fc.assert(
      fc.property(elements, (each) => {
        const written = wide.encode([...each, ...each])
        expect(written).toEqual(wide.encode(each.toReversed()))
        expect(wide.encode(wide.decode(written, 'set'))).toEqual(written)
      }),
    )
  })

  test.for([
    '\0',
    '\t',
    '\n',
    '\u001b[31m',
    '\u007f',
    '\u009b',
    '\u061c',
    '\u200b',
    '\u200f',
    '\u2028',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\ud800',
  ])('finds %j not printable', (character) => expect(isPrintable(`a${character}b`)).toBe(false))

  test.for(['Bank of Åland', 'بانک\u200cها', '銀行', 'क्\u200dष', '🏦', ' '])('finds %j printable', (text) => {
    expect(isPrintable(text)).toBe(true)
  })
})
