import { describe, expect, it } from 'vitest'
import { bundleOf } from './bundle-of.ts'
import { markingFor } from './marking/fixed-markings.ts'

const UUID = '0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061'

describe(bundleOf, () => {
  it('wraps objects untouched, and writes no empty list', () => {
    const object = markingFor('red')
    expect(bundleOf([object], UUID)).toEqual({ type: 'bundle', id: `bundle--${UUID}`, objects: [object] })
    expect(bundleOf([], UUID)).toEqual({ type: 'bundle', id: `bundle--${UUID}` })
  })

  it('refuses what is no UUID', () => {
    expect(() => bundleOf([], UUID.toUpperCase())).toThrow(TypeError)
  })
})
