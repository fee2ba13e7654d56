import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { normalise } from './normalise.ts'
import { parseQuery } from './parse-query.ts'
import { recognise } from './recognise.ts'
import { refang } from './refang.ts'

function keys(text: string): readonly string[] {
  return parseQuery(text).map(({ relation, type, value }) => `${relation} ${type} ${value}`)
}

describe(refang, () => {
  test.for([
    ['hxxp[:]//evil[.]com', 'http://evil.com'],
    ['hXXps[://]evil(dot)com/a', 'https://evil.com/a'],
    ['  "joe[at]evil[dot]com" ', 'joe@evil.com'],
    ['fxp://evil{.}com', 'ftp://evil.com'],
    ['1[.]2(.)3[.4', '1.2.3.4'],
    ['<http://evil.com>', 'http://evil.com'],
    [String.raw`evil\.com`, 'evil.com'],
    ['[::1]:80', '[::1]:80'],
  ])('%j', ([text, plain]) => {
    expect(refang(text as string)).toBe(plain)
  })
})

describe(parseQuery, () => {
  it('expands an address to every network around it', () => {
    const found = keys('198.51.100[.]77:443')
    expect(found).toHaveLength(33)
    expect(found[0]).toBe('exact ipv4 198.51.100.77')
    expect(found).toContain('cidr cidr 198.51.100.76/31')
    expect(found).toContain('cidr cidr 198.51.100.0/24')
    expect(found).toContain('cidr cidr 0.0.0.0/0')
    expect(keys('[2001:db8::1]:443')).toHaveLength(129)
  })

  it('expands a network to those around it, and a network of one to its address', () => {
    expect(keys('10.1.0.0/15')).toEqual(
      expect.arrayContaining(['exact cidr 10.0.0.0/15', 'cidr cidr 10.0.0.0/8']),
    )
    expect(keys('10.0.0.1/32')[0]).toBe('exact ipv4 10.0.0.1')
  })

  it('expands a network to what is in it, and `*.name` to what is under the name', () => {
    expect(keys('10.0.0.0/15')).toContain('below cidr 10.0.0.0/15')
    expect(keys('*[.]Evil.example')).toEqual(['below domain evil.example'])
    expect(keys('*.*.evil.example').filter((key) => key.startsWith('below'))).toEqual([])
  })

  it('expands to no networks but those of lengths in use', () => {
    const lengths = (family: 4 | 6): readonly number[] => (family === 4 ? [24, 8] : [32])
    const found = (text: string): readonly string[] =>
      parseQuery(text, lengths)
        .filter(({ relation }) => relation === 'cidr')
        .map(({ value }) => value)
    expect(found('192.0.2.1')).toEqual(['192.0.2.0/24', '192.0.0.0/8'])
    expect(found('http://192.0.2.1/')).toEqual(['192.0.2.0/24', '192.0.0.0/8'])
    expect(found('192.0.2.0/24')).toEqual(['192.0.0.0/8'])
    expect(found('2001:db8::1')).toEqual(['2001:db8::/32'])
  })

  it('expands a name to its parents of two labels and more', () => {
    const found = keys('A.B.Evil.example.')
    expect(found.filter((key) => key.includes('domain'))).toEqual([
      'exact domain a.b.evil.example',
      'parent-domain domain b.evil.example',
      'parent-domain domain evil.example',
    ])
  })

  it('expands a URL to what is above it, and to its host', () => {
    expect(keys('hxxp://a.evil[.]com/x/y.exe?z')).toEqual([
      'exact url http://a.evil.com/x/y.exe?z',
      'url-prefix url http://a.evil.com/x/y.exe',
      'url-prefix url http://a.evil.com/x/',
      'url-prefix url http://a.evil.com/',
      'url-host domain a.evil.com',
      'parent-domain domain evil.com',
    ])
    expect(keys('https://198.51.100.3/')).toContain('cidr cidr 198.51.100.0/24')
    expect(keys('evil.com/a')).toEqual(
      expect.arrayContaining(['exact url http://evil.com/a', 'exact url https://evil.com/a']),
    )
  })

  test.for([
    ['D41D8CD98F00B204E9800998ECF8427E', ['exact md5', 'exact x509-md5']],
    ['00:B0:D0:63:C2:26', ['exact mac']],
    ['as64512', ['exact asn']],
    ['joe@evil.com', ['exact email']],
    [String.raw`HKLM\Software\Evil`, ['exact registry-key', 'exact file-name']],
    ['invoice.exe', ['exact domain', 'exact file-name', 'exact mutex', 'exact user-agent']],
    ['some mutex', ['exact file-name', 'exact mutex', 'exact user-agent']],
    ['36:f7:d4:32:f4:ab:70:ea:d3', ['exact x509-serial']],
  ] as const)('%s', ([text, wanted]) => {
    const kinds = parseQuery(text).map(({ relation, type }) => `${relation} ${type}`)
    for (const kind of wanted) expect(kinds).toContain(kind)
  })

  it('gives few, distinct keys in normal form, the exact ones first', () => {
    const texts = fc.oneof(fc.string(), fc.webUrl(), fc.domain(), fc.ipV4(), fc.ipV6(), fc.emailAddress())
    fc.assert(
      fc.property(texts, (text) => {
        const found = parseQuery(text)
        expect(found.length).toBeLessThan(300)
        const names = found.map(({ relation, type, value }) => `${relation === 'below'} ${type} ${value}`)
        expect(new Set(names).size).toBe(found.length)
        for (const { type, value } of found) expect(normalise(type, value)).toBe(value)
        const relations = found.map(({ relation }) => relation === 'exact')
        expect(relations.lastIndexOf(true)).toBe(relations.filter(Boolean).length - 1)
      }),
    )
  })

  it('finds nothing in nothing', () => {
    expect(parseQuery('')).toEqual([])
    expect(parseQuery('x'.repeat(100_000))).toEqual([])
    expect(recognise('')).toEqual([])
  })
})
