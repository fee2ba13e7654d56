import { indicatorFor, normalise, readInput, type ObservableType, type StixObject } from '@intelmesh/stix'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readData } from '../../../test/data/data.ts'
import { createGate } from './gate.ts'
import { isAllowed } from './is-allowed.ts'

const NOTHING = { domains: [], ranges: [], hosts: [] }
const gate = createGate({ domains: ['bank-of-springs.com'], ranges: ['194.0.0.0/24'], hosts: ['srv-*'] })
const UUID = '6a1b7a5c-0f5e-4a39-8a5d-0d4c3a0a6b11'

function indicator(type: ObservableType, value: string): StixObject {
  return indicatorFor({ observable: { type, value }, now: 0, uuid: UUID })
}

function object(type: string, properties: Partial<StixObject>): StixObject {
  return { type, id: `${type}--${UUID}`, ...properties } as StixObject
}

function shown(given: StixObject): readonly string[] {
  return gate.checkObject(given).map(({ code, list, value, path }) => `${path}: ${value} ${code} ${list}`)
}

describe(createGate, () => {
  test.for([
    { ...NOTHING, domains: ['not a name'] },
    { ...NOTHING, domains: [''] },
    { ...NOTHING, ranges: ['10.0.0.0/33'] },
    { ...NOTHING, ranges: ['bank.example'] },
    { ...NOTHING, hosts: ['*'] },
    { ...NOTHING, hosts: ['a b'] },
  ])('refuses %j', (assets) => {
    expect(() => createGate(assets)).toThrow(RangeError)
  })

  it('finds what should not be in a list, and nothing else of ten thousand real indicators', (context) => {
    const bytes = readData('ioc/blackbook/blackbook.csv')
    if (bytes === undefined) return context.skip('no list of real indicators')
    const uuid = (): string => UUID
    const real = [...readInput(bytes, { name: 'blackbook.csv', now: 0, uuid })].flatMap((item) =>
      'object' in item ? [item.object as StixObject] : [],
    )
    const wrong = [
      indicator('ipv4', '8.8.8.8'),
      indicator('ipv4', '10.0.0.1'),
      indicator('domain', 'google.com'),
      indicator('domain', 'vpn.bank-of-springs.com'),
      indicator('sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
    ]
    expect(real.length).toBeGreaterThan(10_000)
    const held = [...real.slice(0, 5000), ...wrong, ...real.slice(5000, 10_000)].flatMap((given) =>
      gate.checkObject(given).slice(0, 1),
    )
    expect(held.map(({ code, list, value }) => [code, list, value])).toEqual([
      ['GATE_WARNING_LIST', 'public-resolvers', '8.8.8.8'],
      ['GATE_PRIVATE', 'private', '10.0.0.1'],
      ['GATE_WARNING_LIST', 'tranco10k', 'google.com'],
      ['GATE_OWN_ASSET', 'own', 'vpn.bank-of-springs.com'],
      [
        'GATE_WARNING_LIST',
        'empty-hashes',
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      ],
    ])
  })

  it('holds back no name of public lists of malware for the site above it', (context) => {
    const lists = ['tweetfeed/20260710.csv', 'maltrail/osx_readerupdate.txt', 'maltrail/meshagent.txt'].map(
      (name) => [name, readData(`ioc/${name}`)] as const,
    )
    if (lists.some(([, bytes]) => bytes === undefined)) return context.skip('no public lists of malware')
    for (const [name, bytes] of lists) {
      const columns = name.endsWith('.csv') ? { columns: { value: 4 } } : {}
      const items = [...readInput(bytes as Uint8Array, { name, ...columns, now: 0, uuid: () => UUID })]
      expect(items.length, name).toBeGreaterThan(10)
      const held = items.flatMap((item) =>
        'object' in item ? gate.checkObject(item.object as StixObject) : [],
      )
      expect(
        held.filter(({ type }) => type === 'domain' || type === 'url'),
        name,
      ).toEqual([])
    }
  })

  it('looks at every value of a pattern, and of cyber-observable objects', () => {
    const pattern =
      "[ipv4-addr:value IN ('10.0.0.1', '185.220.101.1')] AND [domain-name:value = 'google.com']"
    expect(shown(object('indicator', { pattern, pattern_type: 'stix' }))).toEqual([
      'pattern: 10.0.0.1 GATE_PRIVATE private',
      'pattern: google.com GATE_WARNING_LIST tranco10k',
      'pattern: google.com GATE_WARNING_LIST cisco_top1000',
    ])
    expect(shown(object('ipv4-addr', { value: '10.0.0.0/8' }))).toEqual([
      'value: 10.0.0.0/8 GATE_PRIVATE private',
    ])
    const hashes = { MD5: 'd41d8cd98f00b204e9800998ecf8427e' }
    expect(shown(object('file', { hashes, name: 'jane@corp-mail.com.exe' }))[0]).toBe(
      'hashes: d41d8cd98f00b204e9800998ecf8427e GATE_WARNING_LIST empty-hashes',
    )
    expect(
      shown(object('observed-data', { objects: { 0: { type: 'domain-name', value: 'dc01.corp' } } })),
    ).toEqual(['objects: dc01.corp GATE_INTERNAL_HOST internal-host'])
  })

  it('reads free text wherever it stands, and leaves ids, patterns, hashes and links alone', () => {
    const text = 'jane@corp-mail.com'
    const report = object('report', {
      name: text,
      description: `${text} and again ${text}`,
      external_references: [{ source_name: text, description: text, url: `https://x/${text}` }],
      object_refs: [text],
      labels: [text],
      extensions: { x: { summary: text, notes: [text, text] } },
    })
    expect(shown(report).map((line) => line.split(':')[0])).toEqual([
      'name',
      'description',
      'external_references[0].description',
      'extensions.x.summary',
      'extensions.x.notes[0]',
      'extensions.x.notes[1]',
    ])
    expect(shown(object('indicator', { pattern: text, pattern_type: 'sigma' }))).toEqual([])
    expect(shown(object('identity', { contact_information: `${text}, soc@bank-of-springs.com` }))).toEqual([
      `contact_information: ${text} GATE_PERSONAL_DATA personal-data`,
    ])
  })

  it('leaves alone what an object is about, in its text too', () => {
    const about = {
      name: 'Evil@Phish.org',
      description: 'mails from evil@phish.org to jane@corp-mail.com',
      pattern: "[email-addr:value = 'evil@phish.org']",
      pattern_type: 'stix',
    }
    expect(shown(object('indicator', about))).toEqual([
      'description: jane@corp-mail.com GATE_PERSONAL_DATA personal-data',
    ])
    expect(gate.checkObject(indicator('email', 'evil@phish.org'))).toEqual([])
  })

  it('finds a hundred things at most, in whatever is given', () => {
    const mails = Array.from({ length: 10_000 }, (_, i) => `u${i}@corp-mail.com`)
    expect(gate.checkObject(object('note', { content: mails.join(' ') })).length).toBe(100)
    const values = Array.from({ length: 1000 }, (_, i) => `'10.0.${i >> 8}.${i & 255}'`)
    const pattern = `[ipv4-addr:value IN (${values.join(', ')})]`
    expect(gate.checkObject(object('indicator', { pattern, pattern_type: 'stix' })).length).toBe(100)
    const nested = Array.from({ length: 1000 }).reduce<object>(
      (inner) => ({ description: [inner, 'srv-1'] }),
      {},
    )
    expect(gate.checkObject(object('note', nested as StixObject)).length).toBeLessThanOrEqual(100)
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (properties) => {
        expect(gate.checkObject(object('note', properties as StixObject)).length).toBeLessThanOrEqual(100)
      }),
    )
  })

  it('answers for one value as for an object, without a place', () => {
    const [fromValue] = gate.checkValue({ type: 'ipv4', value: '10.0.0.1' })
    const [fromObject] = gate.checkObject(indicator('ipv4', '10.0.0.1'))
    expect(fromValue).toEqual({ ...fromObject, path: '' })
    expect(gate.checkValue({ type: 'ipv4', value: '185.220.101.1' })).toEqual([])
  })
})

describe(isAllowed, () => {
  const found = { code: 'GATE_WARNING_LIST', list: 'tranco10k', listName: '', path: '' } as const
  test.for<[ObservableType, string, string, boolean]>([
    ['domain', 'google.com', 'tranco10k', true],
    ['domain', 'google.com', ' Google.COM. ', true],
    ['domain', 'google.com', 'GATE_WARNING_LIST', false],
    ['domain', 'mail.google.com', 'google.com', false],
    ['url', 'https://google.com/', 'HTTPS://google.com:443', true],
    ['ipv6', '2001:db8::1', '2001:0DB8::0001', true],
    ['sha256', 'ab'.repeat(32), 'AB'.repeat(32), true],
    ['domain', 'google.com', '', false],
  ])('%s %s by %j: %s', ([type, value, entry, allowed]) => {
    expect(isAllowed({ ...found, type, value }, ['other', entry])).toBe(allowed)
  })

  it('takes text as it is, whatever its case', () => {
    expect(isAllowed({ ...found, value: 'Jane@x.com' }, ['jane@X.com'])).toBe(true)
    expect(isAllowed({ ...found, value: 'Jane@x.com' }, [])).toBe(false)
  })

  it('knows a value by its normal form', () => {
    fc.assert(
      fc.property(fc.domain(), (name) => {
        const value = normalise('domain', name) ?? ''
        expect(isAllowed({ ...found, list: 'own', type: 'domain', value }, [name.toUpperCase()])).toBe(true)
      }),
    )
  })
})
