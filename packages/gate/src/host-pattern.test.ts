import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseHostPattern } from './host-pattern.ts'

describe(parseHostPattern, () => {
  test.for([
    ['srv-*', 'srv-01', true],
    ['srv-*', 'srv-', true],
    ['SRV-*', 'srv-01', true],
    ['srv-*', 'my-srv-01', false],
    ['srv-*', 'srv-01.bank.example', false],
    ['*.dc.bank', 'a.dc.bank', true],
    ['*.dc.bank', 'a.b.dc.bank', false],
    ['a*b*c', 'abbc', true],
    ['ab*ba', 'aba', false],
    ['wpad', 'wpad', true],
    ['wpad', 'wpad2', false],
  ] as const)('%s and %s: %s', ([pattern, name, fits]) => {
    expect(parseHostPattern(pattern)?.(name)).toBe(fits)
  })

  test.for(['', '*', '*.*', 'a b', 'ä', 'a/b', 'x'.repeat(254)])('refuses %j', (pattern) => {
    expect(parseHostPattern(pattern)).toBeUndefined()
  })

  it('fits what a regular expression made of it fits', () => {
    const text = (unit: string) => fc.string({ unit: fc.constantFrom(...unit.split('')), maxLength: 8 })
    fc.assert(
      fc.property(text('ab.*'), text('ab.'), (pattern, name) => {
        const fits = parseHostPattern(pattern)
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]*')
        if (fits !== undefined) expect(fits(name)).toBe(new RegExp(`^${source}$`).test(name))
      }),
      { numRuns: 2000 },
    )
  })
})
