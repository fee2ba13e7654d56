import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { normalise } from './normalise.ts'
import { OBSERVABLE_TYPES } from './observable.ts'
import type { ObservableType } from './observable.ts'
import { formatIp, networkOf, parseIp } from './parse-ip.ts'

interface Case {
  readonly type: ObservableType
  readonly text: string
  readonly normal: string | null
}

const path = new URL('../../../../test/vectors/stix/observables.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[] }

describe(normalise, () => {
  test.for(cases.map(({ type, text, normal }) => [type, text, normal] as const))(
    '%s %j',
    ([type, text, normal]) => {
      expect(normalise(type, text) ?? null).toBe(normal)
    },
  )

  it('has vectors for every type', () => {
    expect(new Set(cases.map(({ type }) => type))).toEqual(new Set(OBSERVABLE_TYPES))
  })

  it('changes nothing the second time', () => {
    const samples = fc.oneof(
      fc.constantFrom(...cases.map(({ text }) => text)),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.domain(),
      fc.ipV6(),
      fc.ipV4(),
      fc.emailAddress(),
      fc.string({ unit: 'grapheme' }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...OBSERVABLE_TYPES), samples, (type, text) => {
        const normal = normalise(type, text)
        if (normal !== undefined) expect(normalise(type, normal)).toBe(normal)
      }),
      { numRuns: 3000 },
    )
  })

  it('stays fast and silent on long and odd text', () => {
    const odd = [
      'a.'.repeat(5000),
      '\u0301'.repeat(8000),
      'ü'.repeat(8000),
      `xn--${'9'.repeat(8000)}`,
      ':'.repeat(8000),
      '/../'.repeat(2000),
      '%'.repeat(8000),
      '['.repeat(8000),
      '\ud800',
      '\0'.repeat(100),
    ]
    for (const text of odd)
      for (const type of OBSERVABLE_TYPES)
        expect([undefined, 'string']).toContain(normalise(type, text) && 'string')
    for (const text of odd) expect(() => normalise('url', `http://${text}/${text}?${text}`)).not.toThrow()
  })
})

describe(formatIp, () => {
  it('writes what parseIp reads', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const bytes = parseIp(text)
        expect(bytes).toBeDefined()
        expect(parseIp(formatIp(bytes ?? []))).toEqual(bytes)
      }),
    )
  })
})

describe(networkOf, () => {
  it('keeps the first bits and clears the others', () => {
    expect(networkOf([255, 255, 255, 255], 0)).toEqual([0, 0, 0, 0])
    expect(networkOf([255, 255, 255, 255], 9)).toEqual([255, 128, 0, 0])
    expect(networkOf([255, 255, 255, 255], 32)).toEqual([255, 255, 255, 255])
  })
})
