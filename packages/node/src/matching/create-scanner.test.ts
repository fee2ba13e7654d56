import { normalise, type Observable, type ObservableType, parseIp } from '@intelmesh/stix'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, test } from 'vitest'
import { createScanner, type Scanner } from './create-scanner.ts'
import { filterOf } from './testing/filter-of.ts'

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
        const [least, most] = naive(line, known)
        expect([...least.difference(names)]).toEqual([])
        expect([...names.difference(most)]).toEqual([])
      }),
      { numRuns: 1000 },
    )
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
    const odd = ['a://@', 'http://evil.example/', '1:', '::', 'a@b.c', '[.]', 'a..', 'ü.']
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
const separator = fc.constantFrom(' ', '\t', '", "', '=', '<', '>', ' | ', ' [', '] ', '/', '\\', '\0')
const junk = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('.', '-', '..', ':', '::', '@', '12:34:56', 'http://', '://', 'a.b', '1.2.3.4', 'hxxp://'),
)
const piece = fc.oneof(
  { weight: 4, arbitrary: value },
  { weight: 1, arbitrary: value.map((text) => text.replaceAll('.', '[.]')) },
  { weight: 1, arbitrary: value.map((text) => text.toUpperCase()) },
  { weight: 4, arbitrary: separator },
  { weight: 1, arbitrary: junk },
)

/**
 * The same by regular expressions, a set, and the normal forms that the index has: what has to be found, and what may be besides,
 * since nobody can say where a URL ends.
 */
function naive(line: string, known: ReadonlySet<string>): readonly [Set<string>, Set<string>] {
  const found = new Set<string>()
  const most = new Set<string>()
  const perhaps: Add = (type, text) => {
    if (text !== undefined && known.has(`${type} ${text}`)) most.add(`${type} ${text}`)
  }
  const add: Add = (type, text) => {
    if (text !== undefined && known.has(`${type} ${text}`)) found.add(`${type} ${text}`)
  }
  for (const text of new Set([line, refanged(line)])) {
    for (const [word] of text.matchAll(/[\w.\-\u0080-\u{10ffff}]+/gu)) {
      for (const run of [word, ...word.split(/[\u0080-\u{10ffff}]+/u)]) {
        const trimmed = run.replace(/^[.-]+|[.-]+$/g, '')
        for (const name of /^[ -~]*$/.test(trimmed) ? trimmed.split('..') : [trimmed]) naiveName(name, add)
        if (/^[\d.]+$/.test(trimmed)) naiveAddress(trimmed, add)
        for (const part of run.split(/[._-]/)) naiveDigest(part, add)
      }
    }
    for (const [address] of text.matchAll(/(?<![\w:])[\da-f]{0,4}:[\da-f:.]*\w?/gi)) {
      const isClear = address.length <= 45 && !/[^\da-f:.]$/i.test(address)
      const ends = isClear ? [address.length] : Array.from(address, (_, end) => end)
      for (const end of ends)
        naiveAddress(address.slice(0, end).replace(/(?:\.|(?<!:):)+$/, ''), isClear ? add : perhaps)
    }
    for (const { index } of text.matchAll(/@/g)) {
      const local = /[\w.%+-]{1,64}$/.exec(text.slice(0, index))?.[0] ?? ''
      const host = /^@[\w.-]+/.exec(text.slice(index))?.[0] ?? ''
      add('email', normalise('email', (local + host).replace(/^\.+|[.-]+$/g, '')))
    }
    for (const { index } of text.matchAll(/:\/\//g)) {
      const scheme = /[a-z][a-z\d*+-]{0,31}$/i.exec(text.slice(Math.max(0, index - 32), index))?.[0]
      // oxlint-disable-next-line no-control-regex
      const rest = /^[^\u0000-\u0020\u007f"<>`]+/.exec(text.slice(index))?.[0]
      if (scheme !== undefined) naiveUrl(scheme + rest, add, perhaps)
    }
  }
  return [found, most.union(found)]
}

type Add = (type: ObservableType, text: string | undefined) => void

function naiveName(name: string, add: Add): void {
  const normal = /^[ -~]*$/.test(name) ? name.toLowerCase() : normalise('domain', name)
  const labels = normal?.split('.') ?? []
  if (!/^[a-z]/.test(labels.at(-1) ?? '')) return
  for (let i = 0; i < labels.length - 1; i++) add('domain', labels.slice(i).join('.'))
}

function naiveAddress(text: string, add: Add): void {
  const bytes = parseIp(text)
  if (bytes === undefined) return
  add(bytes.length === 4 ? 'ipv4' : 'ipv6', normalise(bytes.length === 4 ? 'ipv4' : 'ipv6', text))
  for (let prefix = 0; prefix < bytes.length * 8; prefix++)
    add('cidr', normalise('cidr', `${bytes.length === 4 ? bytes.join('.') : text}/${prefix}`))
}

function naiveDigest(text: string, add: Add): void {
  for (const type of ['md5', 'sha256', 'x509-sha256'] as const) add(type, normalise(type, text))
}

function naiveUrl(url: string, add: Add, perhaps: Add): void {
  const plain = url.replace(/^hxxp/i, 'http')
  for (let end = plain.length; end > 0; end--) {
    const normal = normalise('url', plain.slice(0, end))
    perhaps('url', normal)
    const rest = plain.slice(end)
    if (/^$|^[?,;)\]'|#]/.test(rest) || plain.charAt(end - 1) === '/' || /^[.,:;!?')\]|]+$/.test(rest))
      add('url', normal)
  }
}

function refanged(line: string): string {
  return line
    .replaceAll(/\[:\/\/\]|\(:\/\/\)/g, '://')
    .replaceAll(/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\\\.|\[\./gi, '.')
    .replaceAll('[//]', '//')
    .replaceAll(/\[:\]|\(:\)|\[:/g, ':')
    .replaceAll(/\[at\]|\(at\)|\{at\}|\[@\]|\(@\)/gi, '@')
    .replaceAll(/\[\/\]|\\\//g, '/')
}
