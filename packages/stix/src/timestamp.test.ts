import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { compareTimestamps, formatTimestamp, parseTimestamp } from './timestamp.ts'
import type { Timestamp } from './timestamp.ts'

describe(parseTimestamp, () => {
  test.for([
    '2016-04-31T20:03:48.000Z',
    '2017-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2016-13-01T00:00:00Z',
    '2016-00-01T00:00:00Z',
    '2016-01-00T00:00:00Z',
    '2016-01-01T24:00:00Z',
    '2016-01-01T00:60:00Z',
    '2016-01-01T00:00:60Z',
    '2016-11-30T23:59:60Z',
    '2016-01-01T00:00:00',
    '2016-01-01T00:00:00+00:00',
    '2016-01-01T00:00:00.Z',
    '2016-01-01T00:00:00z',
    '2016-01-01t00:00:00Z',
    '2016-01-01 00:00:00Z',
    '16-01-01T00:00:00Z',
    '2016-01-01T00:00:00.00 Z',
    '2016-01-01T00:00:00.0１Z',
    ' 2016-01-01T00:00:00Z',
    '',
    `2016-01-01T00:00:00.${'0'.repeat(21)}Z`,
    '-016-01-01T00:00:00Z',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBeUndefined()
  })

  test.for([
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['2000-02-29T12:00:00.5Z', 951825600500],
    ['0000-01-01T00:00:00Z', -62167219200000],
    ['9999-12-31T23:59:59.999Z', 253402300799999],
    ['2016-12-31T23:59:60Z', 1483228800000],
    ['2024-01-01T00:00:00.123456789Z', 1704067200123],
  ] as const)('reads %s', ([text, ms]) => {
    expect(parseTimestamp(text)?.ms).toBe(ms)
  })

  it('agrees with the calendar of the platform', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62167219200000, max: 253402300799999 }), (ms) => {
        expect(parseTimestamp(formatTimestamp(ms))?.ms).toBe(ms)
      }),
    )
  })
})

describe(compareTimestamps, () => {
  test.for([
    ['2020-01-01T00:00:00.1Z', '2020-01-01T00:00:00.100Z', 0],
    ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00.000Z', 0],
    ['2020-01-01T00:00:00.984Z', '2020-01-01T00:00:00.984123Z', -1],
    ['2020-01-01T00:00:00.9999Z', '2020-01-01T00:00:01Z', -1],
    ['2020-01-01T00:00:00.0002Z', '2020-01-01T00:00:00.00019Z', 1],
  ] as const)('orders %s and %s', ([a, b, sign]) => {
    const compared = compareTimestamps(parseTimestamp(a) as Timestamp, parseTimestamp(b) as Timestamp)
    expect(Math.sign(compared)).toBe(sign)
  })
})

describe(formatTimestamp, () => {
  it('refuses years of five digits', () => {
    expect(() => formatTimestamp(253402300800000)).toThrow(RangeError)
  })
})
