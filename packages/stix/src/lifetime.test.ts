import { describe, expect, it, test } from 'vitest'
import { OBJECT_TYPES } from './generated/shapes.ts'
import { lifetimeDays, MAX_LIFETIME_DAYS } from './lifetime.ts'
import { OBSERVABLE_TYPES } from './observable/observable.ts'

describe(lifetimeDays, () => {
  test.for([
    ['indicator', ['sha256', 'ipv4'], 30],
    ['indicator', ['sha256'], 365],
    ['indicator', [], 365],
    ['ipv4-addr', ['ipv4'], 30],
    ['domain-name', ['domain'], 90],
    ['report', ['ipv4'], 1825],
    ['sighting', [], 90],
    ['x-unknown', [], 365],
    ['constructor', [], 365],
  ] as const)('%s with %j: %i days', ([type, types, days]) => {
    const observables = types.map((kind) => ({ type: kind, value: 'x' }))
    expect(lifetimeDays({ type, id: 'x' }, observables)).toBe(days)
  })

  it('is a whole number of days within the cap for every type', () => {
    for (const type of [...OBJECT_TYPES, 'x-unknown']) {
      for (const kind of OBSERVABLE_TYPES) {
        const days = lifetimeDays({ type, id: 'x' }, [{ type: kind, value: 'x' }])
        expect(Number.isInteger(days) && days > 0 && days <= MAX_LIFETIME_DAYS, `${type} ${kind}`).toBe(true)
      }
    }
  })
})
