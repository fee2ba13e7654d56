import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type AddressRange, createRangeSet, rangeOf } from './address-range.ts'

describe(rangeOf, () => {
  test.for<[string, string, string]>([
    ['10.1.2.3', '0a010203', '0a010203'],
    ['10.1.2.3/32', '0a010203', '0a010203'],
    ['10.1.2.3/9', '0a000000', '0a7fffff'],
    ['10.1.2.3/30', '0a010200', '0a010203'],
    ['0.0.0.0/0', '00000000', 'ffffffff'],
    ['::ffff:10.1.2.3', '0a010203', '0a010203'],
    ['::ffff:10.1.2.0/120', '0a010200', '0a0102ff'],
  ])('%s, as IPv4', ([text, first, last]) => {
    const mapped = '00000000000000000000ffff'
    expect(rangeOf(text)).toEqual({ first: mapped + first, last: mapped + last })
  })

  test.for<[string, string, string]>([
    ['2001:DB8::/33', '20010db8000000000000000000000000', '20010db87fffffffffffffffffffffff'],
    ['fe80::/10', 'fe800000000000000000000000000000', 'febfffffffffffffffffffffffffffff'],
    ['::1', '00000000000000000000000000000001', '00000000000000000000000000000001'],
    ['::/0', '0'.repeat(32), 'f'.repeat(32)],
  ])('%s', ([text, first, last]) => {
    expect(rangeOf(text)).toEqual({ first, last })
  })

  test.for([
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/1e1',
    '::/129',
    '::ffff:1.2.3.4/95',
    'a.b',
    '1.2.3',
  ])('refuses %j', (text) => {
    expect(rangeOf(text)).toBeUndefined()
  })
})

describe(createRangeSet, () => {
  const network = fc
    .tuple(fc.ipV4(), fc.integer({ min: 16, max: 32 }))
    // Two first bytes, so that networks meet.
    .map(([address, prefix]) =>
      rangeOf(`10.${Number(address.split('.')[0]) % 2}.${address.split('.').slice(2).join('.')}/${prefix}`),
    )
    .map((range) => range as AddressRange)

  it('finds what a look at every range finds', () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 30 }), network, (ranges, asked) => {
        const naive = ranges.some(({ first, last }) => first <= asked.last && asked.first <= last)
        expect(createRangeSet(ranges).overlaps(asked)).toBe(naive)
      }),
    )
  })
})
