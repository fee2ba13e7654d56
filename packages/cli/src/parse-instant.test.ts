import { describe, expect, it, test } from 'vitest'
import { parseInstant } from './parse-instant.ts'
import { NOW } from './testing/test-context.ts'

describe(parseInstant, () => {
  test.for([
    ['2030-01-31', 'ahead', '2030-01-31T00:00:00.000Z'],
    ['2030-01-31T12:00Z', 'ahead', '2030-01-31T12:00:00.000Z'],
    ['2030-01-31T12:00:30', 'ago', '2030-01-31T12:00:30.000Z'],
    ['2030-01-31 12:00:30.5+02:00', 'ago', '2030-01-31T10:00:30.500Z'],
    ['90m', 'ahead', '2030-01-01T01:30:00.000Z'],
    ['2W', 'ahead', '2030-01-15T00:00:00.000Z'],
    ['12h', 'ago', '2029-12-31T12:00:00.000Z'],
    ['2030-02-30', 'ahead', undefined],
    ['2030-13-01', 'ahead', undefined],
    ['2030-1-1', 'ahead', undefined],
    ['2030-01-01T25:00Z', 'ahead', undefined],
    ['tomorrow', 'ahead', undefined],
    ['-1d', 'ahead', undefined],
    ['1000000d', 'ahead', undefined],
    ['', 'ahead', undefined],
  ] as const)('%s %s → %s', ([text, direction, instant]) => {
    expect(parseInstant(text, NOW, direction)).toBe(instant)
  })

  it('reads every instant that it writes', () => {
    // A step that is coprime to days and years meets every month, weekday and hour.
    for (let ms = 0; ms < Date.UTC(2400, 0, 1); ms += 29 * 86_400_000 + 3_661_001) {
      const instant = new Date(ms).toISOString()
      expect(parseInstant(instant, NOW, 'ago')).toBe(instant)
    }
  })
})
