import { describe, expect, test } from 'vitest'
import { isBelow } from './is-below.ts'
import type { ObservableType } from './observable.ts'

describe(isBelow, () => {
  test.for([
    ['domain', 'a.evil.example', 'domain', 'evil.example', true],
    ['domain', 'b.a.evil.example', 'domain', 'evil.example', true],
    ['domain', 'evil.example', 'domain', 'evil.example', false],
    ['domain', 'notevil.example', 'domain', 'evil.example', false],
    ['url', 'http://evil.example/x', 'domain', 'evil.example', true],
    ['url', 'http://joe@a.evil.example:81/x', 'domain', 'evil.example', true],
    ['url', 'http://other.example/evil.example', 'domain', 'evil.example', false],
    ['url', 'http://192.0.2.1/', 'cidr', '192.0.2.0/24', true],
    ['ipv4', '192.0.2.255', 'cidr', '192.0.2.0/24', true],
    ['ipv4', '192.0.3.0', 'cidr', '192.0.2.0/24', false],
    ['cidr', '192.0.2.128/25', 'cidr', '192.0.2.0/24', true],
    ['cidr', '192.0.2.0/24', 'cidr', '192.0.2.0/24', false],
    ['cidr', '192.0.0.0/16', 'cidr', '192.0.2.0/24', false],
    ['ipv6', '2001:db8:1::1', 'cidr', '2001:db8::/32', true],
    ['ipv6', '2001:db9::1', 'cidr', '2001:db8::/32', false],
    ['ipv4', '32.1.13.184', 'cidr', '2001:db8::/32', false],
    ['md5', '00', 'domain', 'example', false],
    ['domain', 'a.example', 'ipv4', '192.0.2.1', false],
    ['url', 'no url', 'domain', 'url', false],
  ] as const)('%s %s, %s %s: %s', ([type, value, aboveType, above, expected]) => {
    const observable = { type: type as ObservableType, value }
    expect(isBelow(observable, { type: aboveType as ObservableType, value: above })).toBe(expected)
  })
})
