import { normalise, type ObservableType } from '@intelmesh/stix'
import { describe, expect, it, test } from 'vitest'
import { readData } from '../../../test/data/data.ts'
import { checkValue } from './check-value.ts'
import { createOwnership } from './own-assets.ts'

const own = createOwnership({
  domains: ['Bank.Example.Net'],
  ranges: ['194.0.0.0/24', '2a00:1:2::/48'],
  hosts: ['srv-*'],
})

function found(type: ObservableType, text: string): string {
  const value = normalise(type, text)
  if (value === undefined) throw new TypeError(`${text} is no ${type}`)
  return checkValue({ type, value }, own)
    .map(({ code, list }) => `${code.slice(5)} ${list}`)
    .join(', ')
}

describe(checkValue, () => {
  test.for<[ObservableType, string, string]>([
    ['ipv4', '8.8.8.8', 'WARNING_LIST public-resolvers'],
    ['ipv4', '10.0.0.1', 'PRIVATE private'],
    ['ipv4', '127.0.0.1', 'PRIVATE private'],
    ['ipv4', '100.64.0.1', 'PRIVATE private'],
    ['ipv4', '169.254.1.1', 'PRIVATE private'],
    ['ipv4', '192.0.2.1', 'RESERVED reserved'],
    ['ipv4', '255.255.255.255', 'RESERVED reserved'],
    ['ipv4', '0.0.0.0', 'RESERVED reserved'],
    ['ipv4', '239.1.2.3', 'RESERVED reserved'],
    ['ipv4', '194.0.0.200', 'OWN_ASSET own'],
    ['ipv4', '52.95.110.1', 'WARNING_LIST amazon-aws'],
    ['ipv4', '104.16.0.1', 'WARNING_LIST cloudflare'],
    ['ipv4', '146.112.61.104', 'WARNING_LIST sinkholes'],
    ['ipv4', '185.220.101.1', ''],
    ['ipv6', '::1', 'PRIVATE private'],
    ['ipv6', 'FE80::1', 'PRIVATE private'],
    ['ipv6', 'fd00::1', 'PRIVATE private'],
    ['ipv6', '2001:db8::1', 'RESERVED reserved'],
    [
      'ipv6',
      '2606:4700:4700::1111',
      'WARNING_LIST public-resolvers, WARNING_LIST public-dns-v6, WARNING_LIST cloudflare',
    ],
    ['ipv6', '2a00:1:2:3::4', 'OWN_ASSET own'],
    ['ipv6', '2a00:1:3::4', ''],
    ['cidr', '8.8.8.0/24', 'WARNING_LIST public-resolvers'],
    ['cidr', '10.1.0.0/16', 'PRIVATE private'],
    ['cidr', '194.0.0.0/16', 'OWN_ASSET own'],
    ['cidr', '194.0.0.128/25', 'OWN_ASSET own'],
    ['cidr', '185.220.101.0/24', ''],
    ['cidr', '2001:db8:1::/48', 'RESERVED reserved'],
  ])('%s %s: %s', ([type, text, reasons]) => {
    expect(found(type, text)).toBe(reasons)
  })

  test.for<[ObservableType, string, string]>([
    ['domain', 'google.com', 'WARNING_LIST tranco10k, WARNING_LIST cisco_top1000'],
    ['domain', 'WWW.Tumblr.com', 'WARNING_LIST tranco10k'],
    ['domain', 'mail.google.com.', 'WARNING_LIST cisco_top1000, WARNING_LIST tranco10k'],
    [
      'domain',
      'dns.google',
      'WARNING_LIST public-resolvers, WARNING_LIST tranco10k, WARNING_LIST cisco_top1000',
    ],
    ['domain', 'bit.ly', 'WARNING_LIST tranco10k, WARNING_LIST url-shortener'],
    [
      'domain',
      'app.any.run',
      'WARNING_LIST automated-malware-analysis, WARNING_LIST security-provider-blogpost',
    ],
    ['domain', 'evil.duckdns.org', ''],
    ['domain', 'x.pages.dev', ''],
    ['domain', 'evil.xsph.ru', ''],
    ['domain', 'evil.eastus.cloudapp.azure.com', ''],
    ['domain', 'xsph.ru', 'WARNING_LIST tranco10k'],
    ['domain', 'pages.dev', 'RESERVED public-suffix, WARNING_LIST tranco10k'],
    ['domain', 'com', 'RESERVED public-suffix, RESERVED tlds'],
    ['domain', 'co.uk', 'RESERVED public-suffix'],
    ['domain', 'notgoogle.com', ''],
    ['domain', 'bank.example.net', 'OWN_ASSET own, RESERVED reserved'],
    ['domain', 'vpn.bank.example.net', 'OWN_ASSET own, RESERVED reserved'],
    ['domain', 'mybank.invalid', 'RESERVED reserved'],
    ['domain', 'dc01.corp', 'INTERNAL_HOST internal-host'],
    ['domain', 'nas.home.arpa', 'INTERNAL_HOST internal-host, RESERVED reserved'],
    ['domain', 'srv-01', 'INTERNAL_HOST internal-host'],
    ['domain', 'wpad', 'INTERNAL_HOST internal-host'],
    ['domain', 'localhost', 'INTERNAL_HOST internal-host, RESERVED reserved'],
    ['domain', 'evil.test', 'RESERVED reserved'],
    ['domain', '1.0.0.10.in-addr.arpa', 'RESERVED reserved'],
    ['domain', 'expyuzz4wqqyqhjn.onion', ''],
  ])('%s %s: %s', ([type, text, reasons]) => {
    expect(found(type, text)).toBe(reasons)
  })

  test.for<[ObservableType, string, string]>([
    ['url', 'https://google.com', 'WARNING_LIST tranco10k, WARNING_LIST cisco_top1000'],
    ['url', 'https://user@Google.com:8443/', 'WARNING_LIST tranco10k, WARNING_LIST cisco_top1000'],
    ['url', 'https://google.com/#x', 'WARNING_LIST tranco10k, WARNING_LIST cisco_top1000'],
    ['url', 'https://google.com/?q=1', ''],
    ['url', 'https://github.com/evil/kit', ''],
    ['url', 'https://vpn.bank.example.net/login', 'OWN_ASSET own, RESERVED reserved'],
    ['url', 'http://10.0.0.1/x', 'PRIVATE private'],
    ['url', 'http://[::1]:80/x', 'PRIVATE private'],
    ['url', 'http://[::ffff:10.0.0.1]/x', 'PRIVATE private'],
    ['url', 'http://dc01.corp/x?y', 'INTERNAL_HOST internal-host'],
    ['url', 'http://8.8.8.8/', 'WARNING_LIST public-resolvers'],
    ['url', 'http://8.8.8.8/x', ''],
    ['url', 'http://104.16.0.1/', ''],
    ['email', 'abuse@evil.org', 'WARNING_LIST common-contact-emails'],
    ['email', 'ceo@Bank.Example.net', 'OWN_ASSET own, RESERVED reserved'],
    ['email', 'evil@gmail.com', ''],
    [
      'md5',
      'D41D8CD98F00B204E9800998ECF8427E',
      'WARNING_LIST empty-hashes, WARNING_LIST common-ioc-false-positive',
    ],
    [
      'sha256',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'WARNING_LIST empty-hashes, WARNING_LIST common-ioc-false-positive',
    ],
    ['sha256', 'ab'.repeat(32), ''],
    ['mutex', 'google.com', ''],
    ['file-name', '10.0.0.1', ''],
  ])('%s %s: %s', ([type, text, reasons]) => {
    expect(found(type, text)).toBe(reasons)
  })

  test.for(['ipv6-linklocal', 'multicast', 'rfc1918', 'rfc3849', 'rfc5735', 'rfc6598', 'rfc6761'])(
    'holds all that the list %s of MISP holds',
    (name, context) => {
      const bytes = readData(`misp/warninglists/${name}/list.json`)
      if (bytes === undefined) return context.skip(`no test data for ${name}`)
      const { list } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly list: readonly string[] }
      expect(list.length).toBeGreaterThan(0)
      for (const text of list) {
        const type = text.endsWith('/32')
          ? text.includes(':')
            ? 'cidr'
            : 'ipv4'
          : text.includes('/')
            ? 'cidr'
            : 'domain'
        expect(found(type, type === 'ipv4' ? text.slice(0, -3) : text), text).not.toBe('')
      }
    },
  )

  it('answers for odd values', () => {
    for (const value of ['', '/', '@', '://', 'a'.repeat(10_000), '.'.repeat(100), '\ud800', 'http://'])
      for (const type of ['ipv4', 'cidr', 'domain', 'url', 'email', 'md5'] as const)
        expect(Array.isArray(checkValue({ type, value }, own)), `${type} ${value.slice(0, 20)}`).toBe(true)
  })
})
