import { type Observable, OBSERVABLE_TYPES } from '@intelmesh/stix'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KeyRange, observableKey, rangesBelow } from './observable-keys.ts'
import { VALUE_TAGS, valueKeyOf } from './sidecar/value-hash.ts'

const KEY = valueKeyOf(new Uint8Array(32).fill(7))
const OTHER = valueKeyOf(new Uint8Array(32).fill(8))

describe(observableKey, () => {
  it('is short, begins with the type, and tells nothing of the value', () => {
    const values: readonly Observable[] = [
      { type: 'ipv4', value: '198.51.100.7' },
      { type: 'ipv6', value: '2001:db8::7' },
      { type: 'domain', value: 'evil.example' },
      { type: 'url', value: 'http://evil.example/x' },
      { type: 'sha256', value: 'ab'.repeat(32) },
    ]
    const keys = values.map((value) => observableKey(value, KEY))
    expect(keys.map(({ length }) => length)).toEqual([5, 17, 18, 18, 9])
    expect(keys.map(([tag]) => tag)).toEqual(values.map(({ type }) => VALUE_TAGS[type]))
    for (const [i, value] of values.entries()) expect(observableKey(value, OTHER)).not.toEqual(keys[i])
  })

  it('differs wherever type or value do', () => {
    const values = fc.record({ type: fc.constantFrom(...PLAIN), value: fc.string({ minLength: 1 }) })
    fc.assert(
      fc.property(values, values, (a, b) => {
        const isSame = a.type === b.type && a.value === b.value
        expect(hexOf(a) === hexOf(b)).toBe(isSame)
      }),
    )
  })

  it('gives no two addresses of IPv4 one key, and neither networks', () => {
    const addresses = fc.uniqueArray(fc.ipV4(), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(addresses, (values) => {
        expect(new Set(values.map((value) => hexOf({ type: 'ipv4', value }))).size).toBe(values.length)
      }),
    )
    const networks = ['10.0.0.0/8', '10.0.0.0/9', '10.0.0.0/16', '0.0.0.0/0', '::/0', 'a00::/8']
    expect(new Set(networks.map((value) => hexOf({ type: 'cidr', value }))).size).toBe(networks.length)
  })
})

describe(rangesBelow, () => {
  const below: readonly (readonly [Observable, readonly Observable[]])[] = [
    [
      { type: 'domain', value: 'evil.example' },
      [
        { type: 'domain', value: 'a.evil.example' },
        { type: 'domain', value: 'b.a.evil.example' },
        { type: 'url', value: 'https://evil.example:8080/x' },
        { type: 'url', value: 'http://joe@www.evil.example/?q' },
      ],
    ],
    [
      { type: 'cidr', value: '198.51.100.64/26' },
      [
        { type: 'ipv4', value: '198.51.100.64' },
        { type: 'ipv4', value: '198.51.100.127' },
        { type: 'cidr', value: '198.51.100.96/27' },
        { type: 'url', value: 'http://198.51.100.65/' },
      ],
    ],
    [
      { type: 'cidr', value: '2001:db8::/33' },
      [
        { type: 'ipv6', value: '2001:db8:7fff::1' },
        { type: 'cidr', value: '2001:db8:4000::/34' },
        { type: 'url', value: 'http://[2001:db8::1]:80/' },
      ],
    ],
    [{ type: 'ipv4', value: '192.0.2.1' }, [{ type: 'url', value: 'ftp://192.0.2.1/a' }]],
  ]

  it.for(below)('holds what is below %o', ([value, inside]) => {
    const ranges = rangesBelow(value, KEY)
    expect(inside.map((other) => isInside(other, ranges))).toEqual(inside.map(() => true))
  })

  it.for(below)('holds nothing that is beside or above %o', ([value]) => {
    const ranges = rangesBelow(value, KEY)
    const outside: readonly Observable[] = [
      value,
      { type: 'domain', value: 'example' },
      { type: 'domain', value: 'other.example' },
      { type: 'domain', value: 'xevil.example' },
      { type: 'url', value: 'http://other.example/evil.example' },
      { type: 'ipv4', value: '198.51.100.63' },
      { type: 'ipv4', value: '198.51.100.128' },
      { type: 'cidr', value: '198.0.0.0/8' },
      { type: 'ipv6', value: '2001:db8:8000::' },
      { type: 'cidr', value: '2001:db8:8000::/34' },
    ]
    const wrong = outside.filter((other) => isInside(other, ranges))
    expect(wrong.filter(({ type, value: text }) => !(type === 'cidr' && text === value.value))).toEqual([])
  })

  it('is in the order of bytes, and is nothing for what has nothing below it', () => {
    for (const [value] of below)
      for (const { from, until } of rangesBelow(value, KEY))
        expect(Buffer.compare(from, until)).toBeLessThan(0)
    expect(rangesBelow({ type: 'md5', value: 'ab'.repeat(16) }, KEY)).toEqual([])
  })
})

const PLAIN = OBSERVABLE_TYPES.filter((type) => !['ipv4', 'ipv6', 'cidr', 'domain', 'url'].includes(type))

function hexOf(observable: Observable): string {
  return Buffer.from(observableKey(observable, KEY)).toString('hex')
}

function isInside(observable: Observable, ranges: readonly KeyRange[]): boolean {
  const key = observableKey(observable, KEY)
  return ranges.some(({ from, until }) => Buffer.compare(from, key) <= 0 && Buffer.compare(key, until) < 0)
}
