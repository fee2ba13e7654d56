import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { JsonValue } from '../json/json-value.ts'
import { validateObject } from '../validate/validate-object.ts'
import { isNegativeSighting, NEGATIVE_SIGHTING, NEGATIVE_SIGHTING_EXTENSION } from './negative-sighting.ts'

const UUID = '32802169-6a3d-404f-a4b8-12e91599feb8'
const SIGHTING = {
  type: 'sighting',
  spec_version: '2.1',
  id: `sighting--${UUID}`,
  created: '2026-11-22T08:00:00.000Z',
  modified: '2026-11-22T08:00:00.000Z',
  sighting_of_ref: `indicator--${UUID}`,
}

describe(isNegativeSighting, () => {
  it('is said by the extension, and the object stays valid', () => {
    const object = { ...SIGHTING, extensions: { [NEGATIVE_SIGHTING]: NEGATIVE_SIGHTING_EXTENSION } }
    expect(isNegativeSighting(object)).toBe(true)
    expect(validateObject(object)).toEqual([])
  })

  test.for<[string, object]>([
    ['no extension', {}],
    ['another extension', { extensions: { 'x-ext': { negative: true } } }],
    ['an extension that says no', { extensions: { [NEGATIVE_SIGHTING]: { negative: false } } }],
    ['a word for a boolean', { extensions: { [NEGATIVE_SIGHTING]: { negative: 'true' } } }],
    ['another type', { type: 'note', extensions: { [NEGATIVE_SIGHTING]: { negative: true } } }],
  ])('is false with %s', ([, over]) => {
    expect(isNegativeSighting({ ...SIGHTING, ...over })).toBe(false)
  })

  it('gives an answer for any extensions', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (extensions) => {
        expect(isNegativeSighting({ ...SIGHTING, extensions: extensions as JsonValue })).toBe(false)
      }),
    )
  })
})
