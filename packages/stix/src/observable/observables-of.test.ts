import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { indicatorFor } from '../input/indicator-for.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { StixObject } from '../stix-object.ts'
import { validateObject } from '../validate/validate-object.ts'
import { MAX_OBSERVABLES } from './findings.ts'
import { normalise } from './normalise.ts'
import { OBSERVABLE_TYPES } from './observable.ts'
import { observablesOf, soleObservablesOf } from './observables-of.ts'

const UUID = '0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061'
const SHA256 = 'a'.repeat(64)
const MD5 = 'b'.repeat(32)

function sco(type: string, properties: Record<string, JsonValue>): StixObject {
  return { type, id: `${type}--${UUID}`, ...properties }
}

function indicator(pattern: string, type: string = 'stix'): StixObject {
  return sco('indicator', { pattern, pattern_type: type })
}

function found(object: StixObject): readonly string[] {
  return observablesOf(object).observables.map(({ type, value }) => `${type} ${value}`)
}

describe(observablesOf, () => {
  test.for([
    [sco('ipv4-addr', { value: '10.0.0.1/32' }), ['ipv4 10.0.0.1']],
    [sco('ipv4-addr', { value: '10.0.0.1/8' }), ['cidr 10.0.0.0/8']],
    [sco('ipv6-addr', { value: '2001:DB8::1/128' }), ['ipv6 2001:db8::1']],
    [sco('autonomous-system', { number: 64512 }), ['asn 64512']],
    [
      sco('file', { name: 'A.exe', hashes: { 'SHA-256': SHA256.toUpperCase(), MD5, 'x-own': 'y' } }),
      [`sha256 ${SHA256}`, `md5 ${MD5}`, 'file-name a.exe'],
    ],
    [
      sco('file', { extensions: { 'windows-pebinary-ext': { sections: [{ hashes: { MD5 } }] } } }),
      [`md5 ${MD5}`],
    ],
    [
      sco('x509-certificate', { serial_number: '00:36:F7', hashes: { 'SHA-256': SHA256 } }),
      ['x509-serial 36f7', `x509-sha256 ${SHA256}`],
    ],
    [
      sco('network-traffic', {
        extensions: { 'http-request-ext': { request_header: { 'User-Agent': ['Evil/1'] } } },
      }),
      ['user-agent Evil/1'],
    ],
    [sco('windows-registry-key', { key: String.raw`HKEY_USERS\A` }), [String.raw`registry-key hkey_users\a`]],
    [
      sco('observed-data', {
        objects: { 0: { type: 'url', value: 'http://e.com' }, 1: { type: 'mutex', name: 'm' } },
      }),
      ['url http://e.com/', 'mutex m'],
    ],
    [sco('tool', { name: 'x' }), []],
    [sco('constructor', { value: '1.2.3.4' }), []],
    [sco('file', { hashes: 'x', name: 7 }), []],
  ] as const)('%j', ([object, wanted]) => {
    expect(found(object as never)).toEqual(wanted)
  })

  test.for([
    ["[ipv4-addr:value = '1.2.3.4']", ['ipv4 1.2.3.4'], 1],
    [
      "[ipv4-addr:value IN ('1.2.3.4', '1.2.3.5')] OR [url:value = 'http://e.com/']",
      ['ipv4 1.2.3.4', 'ipv4 1.2.3.5', 'url http://e.com/'],
      3,
    ],
    ["[ipv4-addr:value ISSUBSET '10.0.0.0/8']", ['cidr 10.0.0.0/8'], 1],
    [`[file:hashes.MD5 = '${MD5}' AND file:size = 3]`, [`md5 ${MD5}`], 0],
    [`[file:hashes.'SHA-256' = '${SHA256}'] WITHIN 5 SECONDS`, [`sha256 ${SHA256}`], 0],
    [
      `[file:hashes.MD5 = '${MD5}'] AND [url:value = 'http://e.com/']`,
      [`md5 ${MD5}`, 'url http://e.com/'],
      0,
    ],
    [
      "[network-traffic:dst_ref.value = 'evil.com' OR network-traffic:dst_ref.value = '1.2.3.4']",
      ['domain evil.com', 'ipv4 1.2.3.4'],
      2,
    ],
    ["[email-message:from_ref.value = 'a@b.cc']", ['email a@b.cc'], 1],
    ["[domain-name:resolves_to_refs[*].value = '1.2.3.4']", ['ipv4 1.2.3.4'], 1],
    ["[ipv4-addr:value != '1.2.3.4']", [], 0],
    ["[ipv4-addr:value NOT = '1.2.3.4']", [], 0],
    ["[domain-name:value LIKE '%.evil.com']", [], 0],
  ] as const)('%s', ([pattern, wanted, alone]) => {
    expect(found(indicator(pattern))).toEqual(wanted)
    expect(soleObservablesOf(indicator(pattern))).toHaveLength(alone)
  })

  test.for([
    [indicator("[domain-name:value LIKE '%']"), 'operator'],
    [indicator("[domain-name:value MATCHES '(a+)+$']"), 'operator'],
    [indicator("[domain-name:value != 'a.bc']"), 'negated'],
    [indicator("[user-account:user_id = 'x']"), 'property'],
    [indicator("[ipv4-addr:value = 'x']"), 'value'],
    [indicator('[nonsense'), 'pattern-invalid'],
    [indicator('rule x {}', 'yara'), 'pattern-type'],
    [sco('ipv4-addr', { value: 'x' }), 'value'],
  ] as const)('flags what cannot be indexed: %j', ([object, reason]) => {
    expect(observablesOf(object)).toEqual({
      observables: [],
      unindexed: [expect.objectContaining({ reason })],
    })
  })

  it('is bounded', () => {
    const values = Array.from({ length: 3000 }, (_, i) => `'10.0.${i >> 8}.${i & 255}'`)
    const { observables, unindexed } = observablesOf(indicator(`[ipv4-addr:value IN (${values.join(',')})]`))
    expect(observables).toHaveLength(MAX_OBSERVABLES)
    expect(unindexed).toEqual([{ path: '/pattern', reason: 'too-many' }])
  })

  it('throws on no object', () => {
    const types = fc.constantFrom(
      'file',
      'indicator',
      'observed-data',
      'ipv4-addr',
      'network-traffic',
      '__proto__',
      'tool',
    )
    const names = fc.constantFrom(
      'value',
      'hashes',
      'pattern',
      'pattern_type',
      'objects',
      'extensions',
      'name',
      'number',
    )
    fc.assert(
      fc.property(types, fc.dictionary(names, fc.jsonValue()), (type, properties) => {
        const { observables } = observablesOf({ id: 'x', ...properties, type } as StixObject)
        for (const { type: kind, value } of observables) expect(normalise(kind, value)).toBe(value)
      }),
    )
  })
})

describe(indicatorFor, () => {
  const samples: Record<string, string> = {
    ipv4: '1.2.3.4',
    ipv6: '::1',
    cidr: '2001:db8::/32',
    domain: 'evil.com',
    url: "http://e.com/it's",
    email: "o'b@e.com",
    mac: '00:b0:d0:63:c2:26',
    asn: '1',
    md5: MD5,
    sha1: 'a'.repeat(40),
    sha256: SHA256,
    sha512: 'a'.repeat(128),
    'sha3-256': SHA256,
    'sha3-512': 'a'.repeat(128),
    ssdeep: '3:abc:def',
    tlsh: 'A'.repeat(70),
    'file-name': "a'b\\c.exe",
    mutex: String.raw`Global\'x`,
    'registry-key': String.raw`hkey_users\it's`,
    'user-agent': "Evil/1 'x'",
    'x509-serial': '36f7',
    'x509-md5': MD5,
    'x509-sha1': 'a'.repeat(40),
    'x509-sha256': SHA256,
  }

  test.for(OBSERVABLE_TYPES.map((type) => [type]))('writes a valid pattern that gives %s back', ([type]) => {
    const value = samples[type as string] as string
    const made = indicatorFor({
      observable: { type: type as never, value },
      now: 0,
      uuid: UUID,
      validUntil: 1,
      confidence: 7,
      labels: ['a'],
      description: 'd',
    })
    expect(validateObject(made)).toEqual([])
    expect(observablesOf(made)).toEqual({ observables: [{ type, value }], unindexed: [] })
    expect(soleObservablesOf(made)).toEqual([{ type, value }])
  })

  it('gives any text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = normalise('mutex', text)
        if (value === undefined) return
        expect(found(indicatorFor({ observable: { type: 'mutex', value }, now: 0, uuid: UUID }))).toEqual([
          `mutex ${value}`,
        ])
      }),
    )
  })

  it('refuses what is no UUID', () => {
    expect(() => indicatorFor({ observable: { type: 'ipv4', value: '1.2.3.4' }, now: 0, uuid: 'x' })).toThrow(
      TypeError,
    )
  })
})
