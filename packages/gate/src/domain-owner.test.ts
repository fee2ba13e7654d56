import { describe, expect, test } from 'vitest'
import { isPublicSuffix, sameOwner } from './domain-owner.ts'

describe(sameOwner, () => {
  test.for([
    ['google.com', ['google.com']],
    ['a.mail.google.com', ['a.mail.google.com', 'mail.google.com', 'google.com']],
    ['a.bank.co.uk', ['a.bank.co.uk', 'bank.co.uk']],
    ['evil.duckdns.org', ['evil.duckdns.org']],
    ['a.evil.duckdns.org', ['a.evil.duckdns.org', 'evil.duckdns.org']],
    ['duckdns.org', ['duckdns.org']],
    ['x.pages.dev', ['x.pages.dev']],
    ['a.b.xsph.ru', ['a.b.xsph.ru']],
    ['com', ['com']],
    ['wpad', ['wpad']],
  ] as const)('%s', ([name, names]) => {
    expect(sameOwner(name)).toEqual(names)
  })
})

describe(isPublicSuffix, () => {
  test.for([
    ['com', true],
    ['co.uk', true],
    ['duckdns.org', true],
    ['pages.dev', true],
    ['google.com', false],
    ['evil.duckdns.org', false],
    ['wpad', false],
    ['a.raw.icp0.io', false],
  ] as const)('%s: %s', ([name, is]) => {
    expect(isPublicSuffix(name)).toBe(is)
  })
})
