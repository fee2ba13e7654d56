import { describe, expect, it, test } from 'vitest'
import { isCpe } from './is-cpe.ts'
import { isNumberedId } from './is-numbered-id.ts'
import { TEXT_CHECKS } from './text-checks.ts'
import type { TextCheck } from './shape.ts'

describe('TEXT_CHECKS', () => {
  test.for([
    ['binary', 'YQ==', true],
    ['binary', 'YQ=', false],
    ['binary', '====', false],
    ['binary', '', false],
    ['hex', 'aF09', true],
    ['hex', 'abc', false],
    ['hex', '', false],
    ['character-set', 'utf-8', true],
    ['character-set', 'bla.bla', false],
    ['character-set', 'x', false],
    ['ipv4', '1.2.3.4/32', true],
    ['ipv4', '1.2.3.4/33', false],
    ['ipv4', '1.2.3.4/01', false],
    ['ipv4', '1.2.3.4/', false],
    ['ipv6', '::1/128', true],
    ['ipv6', '::1/129', false],
    ['ipv6', '::ffff:1.2.3.4', true],
    ['ipv6', '1.2.3.4', false],
    ['mac', 'd2:fb:49:24:37:18', true],
    ['mac', 'D2:FB:49:24:37:18', false],
    ['mac', 'd2-fb-49-24-37-18', false],
    ['email', 'a@b', true],
    ['email', 'A B <a@b>', false],
    ['email', '@b', false],
    ['email', 'a@', false],
    ['media-type', 'application/vnd.ms-excel', true],
    ['media-type', 'text/plain; charset=utf-8', true],
    ['media-type', 'bla/bla', false],
    ['media-type', 'text', false],
    ['language', 'en', true],
    ['language', 'zh-Hant-TW', true],
    ['language', 'deu', true],
    ['language', 'foo', false],
    ['language', 'en_US', false],
    ['language', '', false],
    ['selector', 'external_references.[0].url', true],
    ['selector', 'id', true],
    ['selector', 'ab', false],
    ['selector', 'name..x', false],
    ['selector', 'name.[x]', false],
    ['uri', 'urn:x', true],
    ['uri', 'https://e.com/a b', false],
    ['uri', 'no-scheme', false],
    ['uri', 'x:', false],
    ['relationship-type', 'uses', true],
    ['relationship-type', 'Uses', false],
    ['second-timestamp', '2020-01-01T00:00:00Z', true],
    ['second-timestamp', '2020-01-01T00:00:00.0Z', false],
    ['registry-key', String.raw`HKEY_USERS\HKLM`, true],
    ['registry-key', 'HKLM', false],
    ['domain', 'xn--e1afmkfd.example', true],
    ['domain', 'a b', false],
  ] as const)('%s %j: %s', ([check, text, valid]) => {
    expect(TEXT_CHECKS[check](text)).toBe(valid)
  })

  it('answers on attacks', () => {
    const attacks = ['a', '0', '-', ':', '.', '\\', '*', '?', '/', '=', 'a-', 'a.', '\\:', '*a', '?*'].map(
      (piece) => piece.repeat(50_000),
    )
    for (const check of Object.keys(TEXT_CHECKS) as TextCheck[]) {
      for (const attack of [...attacks, `cpe:2.3:a${attacks.join(':')}`])
        expect(typeof TEXT_CHECKS[check](attack)).toBe('boolean')
    }
  })
})

describe(isCpe, () => {
  test.for([
    ['cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*', true],
    [String.raw`cpe:2.3:a:foo\\bar:big\$money_2010:*:*:*:*:special:ipod_touch:80gb:*`, true],
    ['cpe:2.3:a:hp:insight:7.4.0.1570:-:*:*:online:win2003:x64:*', true],
    ['cpe:2.3:o:?a*:*:*:*:*:*:*:*:*:*', true],
    ['cpe:2.3:x:a:b:*:*:*:*:*:*:*:*', false],
    ['cpe:2.3:a:a:b', false],
    ['cpe:2.3:a:a*b:b:*:*:*:*:*:*:*:*', false],
    ['cpe:2.3:a:a b:b:*:*:*:*:*:*:*:*', false],
    ['cpe:2.3:a::b:*:*:*:*:*:*:*:*', false],
    [String.raw`cpe:2.3:a:a:b:*:*:*:*:*:*:*:*\ `.trimEnd(), false],
    ['invalid', false],
    [`cpe:2.3:a:${'?'.repeat(5000)}`, false],
  ] as const)('%s: %s', ([text, valid]) => {
    expect(isCpe(text)).toBe(valid)
  })
})

describe(isNumberedId, () => {
  test.for([
    ['CVE-2024-1234', 'cve'],
    ['CVE-2024-0001', 'cve'],
    ['CVE-2024-12345', 'cve'],
    ['CAPEC-1', 'capec'],
    ['CVE-2024-01234', undefined],
    ['CVE-24-1234', undefined],
    ['CVE-2024-123', undefined],
    ['cve-2024-1234', undefined],
    ['CAPEC-', undefined],
    ['CAPEC-x', undefined],
    ['T1059', undefined],
    [`CVE-2024-${'9'.repeat(1000)}`, undefined],
  ] as const)('%s', ([id, kind]) => {
    expect(isNumberedId(id)).toBe(kind)
  })
})
