import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StixError } from '../errors.ts'
import { canonicalText } from './canonicalise.ts'
import { isJsonList, isJsonObject, type JsonValue } from './json-value.ts'
import { parseAndCompare } from './parse-canonical.ts'
import type { JsonLimits } from './parse-strict.ts'
import { readCanonical } from './read-canonical.ts'

const LIMITS: JsonLimits = { maxBytes: 1 << 20, maxDepth: 4, maxValues: 40 }
const utf8 = new TextEncoder()

/** The definition: what strict parsing and canonical writing make of it. */
function byDefinition(text: string): JsonValue | undefined {
  try {
    return parseAndCompare(text, LIMITS)
  } catch (error) {
    if (error instanceof StixError) return undefined
    throw error
  }
}

const WANTED: ReadonlySet<string> = new Set(['a', '1', '__proto__'])
/** Whether a value has what the reader leaves to the definition. */
function hasOddName(value: JsonValue): boolean {
  if (isJsonList(value)) return value.some(hasOddName)
  if (!isJsonObject(value)) return false
  return Object.entries(value).some(([name, each]) => !/^[ !#-[\]-\u007f]*$/.test(name) || hasOddName(each))
}

function expectAgreement(text: string): void {
  const expected = byDefinition(text)
  const read = readCanonical(text, utf8.encode(text), LIMITS)
  const skimmed = readCanonical(text, utf8.encode(text), LIMITS, WANTED)
  if (read === undefined && expected !== undefined) {
    expect(hasOddName(expected)).toBe(true)
    return
  }
  expect(read).toStrictEqual(expected)
  expect(skimmed && canonicalText(skimmed)).toBe(expected && canonicalText(skim(expected)))
}

function skim(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value
  const isKept = ([name, each]: [string, JsonValue]): boolean =>
    WANTED.has(name) || each === null || (isJsonList(each) && each.length === 0)
  return Object.fromEntries(Object.entries(value).filter(isKept))
}

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.toWellFormed()),
  fc.constantFrom('', 'a', 'b', '1', '10', '9', '__proto__', 'é', '\u{1f600}', '"', '\\', '\n', '\u007f'),
)
const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e21, 5e-324, 2 ** 53 - 1, 2 ** 53),
    word,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(word, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value
const spelt = value.map(canonicalText)
/** What ends a string, opens a list or is nearly a number, put anywhere. */
const piece = fc.constantFrom(
  '"',
  '\\',
  '\\u0041',
  '\\u000f',
  '\\u000F',
  '\\ud800',
  '\\/',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  ' ',
  '0',
  '-0',
  '1.0',
  '1e5',
  '1e+21',
  '01',
  '.5',
  'true',
  'nul',
  '\n',
  '\u0000',
  'é',
  '\u{1f600}',
)

describe(readCanonical, () => {
  it('takes what is canonical, and gives the same as parsing', () => {
    fc.assert(fc.property(spelt, expectAgreement), { numRuns: 2_000 })
  })

  it('takes nothing else, wherever a text deviates', () => {
    fc.assert(
      fc.property(spelt, fc.nat(), fc.nat({ max: 3 }), piece, (text, at, gone, put) => {
        const start = at % (text.length + 1)
        expectAgreement((text.slice(0, start) + put + text.slice(start + gone)).toWellFormed())
      }),
      { numRuns: 5_000 },
    )
  })

  it('keeps the bounds on depth and count', () => {
    for (const text of ['[[[[1]]]]', '[[[[[1]]]]]', '[{"a":[{}]}]', '[{"a":[{"b":[]}]}]'])
      expectAgreement(text)
    for (const count of [38, 39, 40, 41]) expectAgreement(`[${'1,'.repeat(count - 1)}1]`)
    expect(readCanonical('[[[[[]]]]]', utf8.encode('[[[[[]]]]]'), LIMITS)).toBeUndefined()
  })
})
