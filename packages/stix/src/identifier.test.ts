import { describe, expect, test } from 'vitest'
import { isTypeName, typeOfId } from './identifier.ts'

const UUID = '0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061'

describe(isTypeName, () => {
  test.for([
    ['abc', true],
    ['x-mitre-tactic', true],
    ['a1b', true],
    ['a'.repeat(250), true],
    ['ab', false],
    ['a'.repeat(251), false],
    ['Abc', false],
    ['1abc', false],
    ['-abc', false],
    ['abc-', false],
    ['a--b', false],
    ['a_bc', false],
    ['a bc', false],
    ['äbc', false],
    ['', false],
  ] as const)('%s: %s', ([name, valid]) => {
    expect(isTypeName(name)).toBe(valid)
  })
})

describe(typeOfId, () => {
  test.for([
    [`indicator--${UUID}`, 'indicator'],
    [`x-a-b--${UUID}`, 'x-a-b'],
    [`indicator--${UUID.toUpperCase()}`, undefined],
    [`indicator-${UUID}`, undefined],
    [`indicator---${UUID}`, undefined],
    [`--${UUID}`, undefined],
    [UUID, undefined],
    [`indicator--${UUID} `, undefined],
    [`indicator--${UUID.replace('-', '')}`, undefined],
    ['', undefined],
  ] as const)('%s', ([id, type]) => {
    expect(typeOfId(id)).toBe(type)
  })
})
