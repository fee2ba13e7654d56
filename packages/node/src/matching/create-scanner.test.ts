import type { Observable } from '@intelmesh/stix'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { createScanner, type Scanner } from './create-scanner.ts'
import { filterOf } from './testing/filter-of.ts'
import { naiveMatches } from './testing/naive-matches.ts'

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e'
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const KNOWN: readonly Observable[] = [
  { type: 'domain', value: 'evil.example' },
  { type: 'domain', value: 'a.b.bad.example' },
  { type: 'domain', value: 'xn--bcher-kva.example' },
  { type: 'domain', value: 'co.uk.example' },
  { type: 'ipv4', value: '198.51.100.7' },
  { type: 'ipv6', value: '2001:db8::7' },
  { type: 'cidr', value: '203.0.113.0/24' },
  { type: 'cidr', value: '203.0.112.0/21' },
  { type: 'cidr', value: '2001:db8:1::/48' },
  { type: 'url', value: 'http://evil.example/a/' },
  { type: 'url', value: 'https://site.example/x.php?id=1' },
  { type: 'url', value: 'http://root.example/' },
  { type: 'url', value: 'http://198.51.100.9:8080/Drop/file.exe' },
  { type: 'md5', value: MD5 },
  { type: 'x509-sha256', value: SHA256 },
  { type: 'sha256', value: SHA256 },
  { type: 'email', value: 'joe@post.example' },
  { type: 'url', value: 'http://site.example/x?a=1&b=2' },
]

let scanner: Scanner
beforeAll(async () => {
  scanner = createScanner(await filterOf(KNOWN))
})

describe(createScanner, () => {
  test.for([
    ['GET evil.example/ from 192.0.2.1', ['evil.example exact evil.example']],
    ['WWW.Evil.Example.', ['www.evil.example parent-domain evil.example']],
    ['notevil.example evil.example.org', []],
    ['host=x.a.b.bad.example,b.bad.example', ['x.a.b.bad.example parent-domain a.b.bad.example']],
    ['see evil.example...and evil.example..x', ['evil.example exact evil.example']],
    ['Bücher.example', ['xn--bcher-kva.example exact xn--bcher-kva.example']],
    ['访问evil.example成功', ['evil.example exact evil.example']],
    ['src=198.51.100.7:443', ['198.51.100.7 exact 198.51.100.7']],
    ['1.198.51.100.7 198.51.100.07 v198.51.100.7 198.51.100.77', []],
    [
      '203.0.113.9->203.0.119.1',
      [
        '203.0.113.9 cidr 203.0.113.0/24',
        '203.0.113.9 cidr 203.0.112.0/21',
        '203.0.119.1 cidr 203.0.112.0/21',
      ],
    ],
    ['12:34:56 [2001:DB8:0::7]:443 std::string', ['2001:db8::7 exact 2001:db8::7']],
    ['2001:db8:1:0:0:0:0:1.', ['2001:db8:1::1 cidr 2001:db8:1::/48']],
    ['::ffff:198.51.100.7', ['198.51.100.7 exact 198.51.100.7']],
    ['http://evil.example/a/b?c', ['http://evil.example/a/b?c url-prefix http://evil.example/a/', EVIL]],
    ['http://evil.example/A/b', [EVIL]],
    ['HTTPS://Site.example:443/x.php?id=1#top', ['https://site.example/x.php?id=1 exact same']],
    ['"https://site.example/x.php?id=1",200', ['https://site.example/x.php?id=1 exact same']],
    ['(https://site.example/x.php?id=1).', ['https://site.example/x.php?id=1 exact same']],
    ['x,https://site.example/x.php?id=1,200', ['https://site.example/x.php?id=1 exact same']],
    ['{"url":"https:\\/\\/site.example\\/x.php?id=1"}', ['https://site.example/x.php?id=1 exact same']],
    ['https://site.example/%78.php?id=1', ['https://site.example/x.php?id=1 exact same']],
    ['http://root.example', ['http://root.example/ exact same']],
    ['http://root.example,x', ['http://root.example/ exact same']],
    ['http://root.example/y.', ['http://root.example/y url-prefix http://root.example/']],
    ['http://198.51.100.9:8080/Drop/file.exe', ['http://198.51.100.9:8080/Drop/file.exe exact same']],
    ['hxxp://evil[.]example', [EVIL]],
    ['hxxps[:]//site(dot)example/x.php?id=1', ['https://site.example/x.php?id=1 exact same']],
    ['198[.]51.100[.]7', ['198.51.100.7 exact 198.51.100.7']],
    [`md5=${MD5.toUpperCase()}`, [`${MD5} exact ${MD5}`]],
    [`x${MD5} ${MD5}0`, []],
    [`file-${MD5}.exe`, [`${MD5} exact ${MD5}`]],
    [SHA256, [`${SHA256} exact ${SHA256}`, `${SHA256} exact ${SHA256}`]],
    ['from=<Joe@Post.example>', ['joe@post.example exact same']],
    ['mail joe[at]post.example.', ['joe@post.example exact same']],
    [String.raw`{"msg":"first line\nevil.example"}`, [EVIL]],
    [String.raw`{"msg":"a\r\nwww.evil.example\n"}`, ['www.evil.example parent-domain evil.example']],
    [String.raw`{"msg":"dst:\t198.51.100.7"}`, ['198.51.100.7 exact 198.51.100.7']],
    [String.raw`{"msg":"from\b2001:db8::7"}`, ['2001:db8::7 exact 2001:db8::7']],
    [String.raw`{"msg":"digest\f${MD5}"}`, [`${MD5} exact ${MD5}`]],
    [String.raw`{"from":"\u003cjoe@post.example\u003e"}`, ['joe@post.example exact same']],
    [String.raw`{"url":"http://site.example/x?a=1\u0026b=2"}`, [`${SITE} exact same`]],
    [String.raw`{"log":"{\"url\":\"http:\\/\\/site.example\\/x?a=1\\u0026b=2\"}\n"}`, [`${SITE} exact same`]],
    [String.raw`{"log":"{\"msg\":\"first\\nevil.example\\n\"}\n"}`, [EVIL]],
    [String.raw`GET /?q=\x22evil.example\x22`, [EVIL]],
    [String.raw`"b\u00fccher.example"`, ['xn--bcher-kva.example exact xn--bcher-kva.example']],
    [String.raw`"\ud83d\udc7eevil[.]example\udc7e"`, [EVIL]],
    [String.raw`"\tsee [evil\u002eexample[.] or "`, [EVIL]],
    [String.raw`C:\news\evil.example \\notevil.example`, [EVIL]],
    ['\\evil.example\\\\', [EVIL]],
    [String.raw`{"msg":"first line\notevil.example \u00zzevil.example"}`, []],
    ['', []],
    ['://::@@..--[[[.', []],
  ] as const)('%j', ([line, expected]) => {
    const found = found_(line).map(({ found: { value }, known, relation }) =>
      `${value} ${relation} ${known.value}`.replace(`${value} exact ${value}`, (all) =>
        /[:@]/.test(value) && !value.includes('::') ? `${value} exact same` : all,
      ),
    )
    expect(found.toSorted()).toEqual([...expected].toSorted())
  })

  it('finds what regular expressions and a set find, in any line', () => {
    const known = new Set(KNOWN.map(({ type, value }) => `${type} ${value}`))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const line = pieces.join('')
        const names = new Set(found_(line).map((match) => `${match.known.type} ${match.known.value}`))
        const [least, most] = naiveMatches(line, known)
        expect([...least.difference(names)]).toEqual([])
        expect([...names.difference(most)]).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it('finds in JSON what it finds in the text, however often that stands in another', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(inJson, { maxLength: 3 }), (pieces, forms) => {
        const text = pieces.join('')
        // What looks escaped in the text itself may be meant as it stands there.
        fc.pre(!/\\[\\nrtbfux"'/.]/.test(text))
        const least = new Set(found_(text).map(({ known }) => `${known.type} ${known.value}`))
        const line = forms.reduce((inner, put) => put(inner), text)
        const names = new Set(found_(line).map(({ known }) => `${known.type} ${known.value}`))
        expect([...least.difference(names)]).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it('reads URLs that quotes of another text end, however many come before', () => {
    const urls = [...Array.from({ length: 20 }, (_, i) => `http://root.example/${i}`), SITE]
    const known = found_(JSON.stringify(JSON.stringify(urls))).map((match) => match.known.value)
    expect(known).toContain(SITE)
  })

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
        scanner(bytes, Math.min(at, bytes.length), bytes.length)
        const line = Buffer.concat([bytes, Buffer.from(' evil.example ')])
        expect(scanner(line, 0, line.length).map(({ known }) => known.value)).toContain('evil.example')
      }),
    )
  })

  it('looks at a line of nothing but URLs, marks and dots without reading all of it again for each', () => {
    const odd = [
      'a://@',
      'http://evil.example/',
      '1:',
      '::',
      'a@b.c',
      '[.]',
      'a..',
      'ü.',
      '\\',
      '\\nx',
      '\\u002e',
    ]
    for (const part of odd) {
      const line = Buffer.from(part.repeat(100_000 / part.length))
      expect(scanner(line, 0, line.length).length).toBeLessThanOrEqual(256)
    }
  })

  it('reads names in other scripts, but not a line of nothing else', () => {
    const line = (count: number): string => `${'ü.x '.repeat(count)}bücher.example`
    expect(found_(line(255))).toHaveLength(1)
    expect(found_(line(256))).toHaveLength(0)
    // Without a dot they are no names.
    expect(found_(`${'ü '.repeat(1000)}bücher.example`)).toHaveLength(1)
  })

  it('keeps few of very many', () => {
    const line = Buffer.from(Array.from({ length: 1000 }, (_, i) => `h${i}.evil.example`).join(' '))
    expect(scanner(line, 0, line.length)).toHaveLength(256)
  })
})

const EVIL = 'evil.example exact evil.example'
const SITE = 'http://site.example/x?a=1&b=2'

function found_(line: string): ReturnType<Scanner> {
  const bytes = Buffer.from(line)
  return scanner(bytes, 0, bytes.length)
}

const value = fc.constantFrom(
  ...KNOWN.map(({ value: text }) => text),
  'www.evil.example',
  'good.example',
  '203.0.113.77',
  '203.0.115.1',
  '2001:db8:1::5',
  'http://evil.example/a/b/c',
  'https://site.example/x.php?id=12',
  'http://root.example/z?q',
)
const separator = fc.constantFrom(
  ' ',
  '\t',
  '", "',
  '=',
  '<',
  '>',
  ' | ',
  ' [',
  '] ',
  '/',
  '\\',
  '\0',
  '\n',
  '\b',
  '&',
)
const junk = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('\\n', '\\t', '\\\\u003c', '\\u002e', '\\x22', '\\"', '\\/', '\\.'),
  fc.constantFrom('.', '-', '..', ':', '::', '@', '12:34:56', 'http://', '://', 'a.b', '1.2.3.4', 'hxxp://'),
)
const piece = fc.oneof(
  { weight: 4, arbitrary: value },
  { weight: 1, arbitrary: value.map((text) => text.replaceAll('.', '[.]')) },
  { weight: 1, arbitrary: value.map((text) => text.toUpperCase()) },
  { weight: 4, arbitrary: separator },
  { weight: 1, arbitrary: junk },
)

/** As JavaScript writes it, as Go does, and in ASCII alone. */
const inJson = fc.constantFrom(
  (text: string) => JSON.stringify({ log: text }),
  (text: string) => JSON.stringify({ log: text }).replace(/[<>&]/g, escaped),
  (text: string) =>
    JSON.stringify({ log: text })
      .replaceAll('/', '\\/')
      .replace(/[\u0080-\uffff]/g, escaped),
)

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
