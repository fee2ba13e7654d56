import { canonicalise, formatTimestamp, validateObject } from '@intelmesh/stix'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valueText } from '../testing/test-objects.ts'
import type { Held } from './own-versions.ts'
import { laterThan, nextValue, valueObject } from './value-object.ts'

const NOW = Date.UTC(2026, 10, 22, 8, 20)
const WHO = { organisation: '0f'.repeat(16), feed: undefined, nowMs: NOW }

describe(valueObject, () => {
  it('gives a value of a list the same id each time, and another to another list, organisation or pattern', () => {
    const ids = [
      valueObject(read('198.51.100.7'), WHO),
      valueObject(read('198.51.100.7', { name: 'x', created: '2020-01-01T00:00:00.000Z' }), WHO),
      valueObject(read('198.51.100.8'), WHO),
      valueObject(read('198.51.100.7'), { ...WHO, feed: 'hourly' }),
      valueObject(read('198.51.100.7'), { ...WHO, organisation: 'f0'.repeat(16) }),
    ].map((object) => object?.id)
    expect(ids[0]).toBe('indicator--dfe774fe-b147-5698-80ef-4e722c718d91')
    expect(ids[1]).toBe(ids[0])
    expect(new Set(ids).size).toBe(4)
  })

  it('sets the times of the node, and keeps a beginning that was given', () => {
    const now = formatTimestamp(NOW)
    expect(valueObject(read('198.51.100.7'), WHO)).toMatchObject({
      created: now,
      modified: now,
      valid_from: now,
    })
    const given = valueObject(read('198.51.100.7', { valid_from: '2026-11-01T00:00:00.000Z' }), WHO)
    expect(given).toMatchObject({ created: now, valid_from: '2026-11-01T00:00:00.000Z' })
  })

  it('makes nothing of what has no pattern', () => {
    expect(valueObject({ ...read('198.51.100.7'), type: 'malware' }, WHO)).toBeUndefined()
    expect(valueObject({ type: 'indicator', id: 'x' }, WHO)).toBeUndefined()
  })
})

describe(nextValue, () => {
  it('finds what is told again unchanged at any later time, and dates a change after the version before', () => {
    const words = fc.record(
      { description: fc.string({ maxLength: 8 }), confidence: fc.integer({ min: 0, max: 100 }) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(words, words, fc.integer({ min: -1e9, max: 1e9 }), (before, after, passedMs) => {
        const first = valueObject(read('198.51.100.7', before), WHO)
        if (first === undefined) throw new Error('expected an indicator')
        const held = heldOf(first)
        const nowMs = NOW + passedMs
        const again = valueObject(read('198.51.100.7', after), { ...WHO, nowMs })
        const next = again && nextValue(again, held, nowMs)
        if (sorted(before) === sorted(after)) {
          expect(next).toBeUndefined()
          return
        }
        if (next === undefined) throw new Error('expected a version')
        expect(next).toMatchObject({ ...after, created: first['created'], valid_from: first['valid_from'] })
        expect((next['modified'] as string) > (first['modified'] as string)).toBe(true)
        expect(validateObject(next)).toEqual([])
        expect(nextValue(next, heldOf(next), nowMs)).toBeUndefined()
      }),
    )
  })

  it('takes a beginning that is given for a change', () => {
    const held = heldOf(valueObject(read('198.51.100.7'), WHO) ?? read('x'))
    const given = valueObject(read('198.51.100.7', { valid_from: '2026-11-01T00:00:00.000Z' }), WHO)
    expect(given && nextValue(given, held, NOW)).toMatchObject({ valid_from: '2026-11-01T00:00:00.000Z' })
  })
})

describe(laterThan, () => {
  it('is now, or what follows a version that claims a later time', () => {
    const text = (modified: string) => ({ type: 'x', id: 'x', modified })
    expect(laterThan(text('2026-11-22T08:19:59.999Z'), NOW)).toBe('2026-11-22T08:20:00.000Z')
    expect(laterThan(text('2026-11-22T08:20:00.0009Z'), NOW)).toBe('2026-11-22T08:20:00.001Z')
    expect(laterThan(text('2027-01-01T00:00:00.000Z'), NOW)).toBe('2027-01-01T00:00:00.001Z')
  })
})

function read(value: string, over: Parameters<typeof valueText>[1] = {}): ReturnType<typeof JSON.parse> {
  return JSON.parse(valueText(value, over))
}

function heldOf(object: Parameters<typeof canonicalise>[0]): Held {
  return { id: 'aa'.repeat(32), tlp: 'green', expires: 500_000, stix: canonicalise(object) }
}

function sorted({ description, confidence }: { description?: string; confidence?: number }): string {
  return JSON.stringify({ description, confidence })
}
