import { describe, expect, it, test } from 'vitest'
import { createRateLimit, networkOf } from './rate-limit.ts'

describe(createRateLimit, () => {
  it('counts each address by itself, and gives turns back one by one', () => {
    let now = 0
    const limit = createRateLimit(() => now, { burst: 2, refillMs: 100, maxAddresses: 10 })
    expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([
      true,
      true,
      false,
      true,
    ])
    now = 99
    expect(limit.take('a')).toBe(false)
    now = 100
    expect([limit.take('a'), limit.take('a')]).toEqual([true, false])
  })

  it('never gives more than the burst, however long it waited', () => {
    let now = 0
    const limit = createRateLimit(() => now, { burst: 2, refillMs: 100, maxAddresses: 10 })
    limit.take('a')
    now = 1_000_000
    expect(Array.from({ length: 3 }, () => limit.take('a'))).toEqual([true, true, false])
  })

  it('remembers a bounded number of addresses', () => {
    const limit = createRateLimit(() => 0, { burst: 1, refillMs: 100, maxAddresses: 2 })
    for (const address of ['a', 'b', 'c']) limit.take(address)
    expect([limit.take('b'), limit.take('a')]).toEqual([false, true])
  })
})

test.for([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['', ''],
] as const)('networkOf %s', ([address, network]) => {
  expect(networkOf(address)).toBe(network)
})
