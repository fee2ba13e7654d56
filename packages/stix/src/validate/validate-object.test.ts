import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { OBJECT_TYPES, SHAPES } from '../generated/shapes.ts'
import type { JsonObject } from '../json/json-value.ts'
import { fixedMarkings } from '../marking/fixed-markings.ts'
import { OBSERVABLE_OBJECT_TYPES, VERSIONED_OBJECT_TYPES } from '../profile/object-kind.ts'
import { INDICATOR, LATER, sco, SMALLEST, T, UUID, versioned } from './testing/smallest-objects.ts'
import { validateObject } from './validate-object.ts'

const codes = (object: JsonObject): readonly string[] =>
  validateObject(object).map(({ code, path }) => `${code} ${path}`)

describe(validateObject, () => {
  it('knows every type of the standard', () => {
    expect(OBJECT_TYPES).toEqual(
      new Set([...OBSERVABLE_OBJECT_TYPES, ...VERSIONED_OBJECT_TYPES, 'marking-definition']),
    )
  })

  test.for(Object.entries(SMALLEST))(
    '%s: takes the smallest object, and misses each required property',
    ([type, object]) => {
      expect(validateObject(object)).toEqual([])
      const { required, base } = SHAPES[type] ?? {}
      for (const name of [...(required ?? []), ...(SHAPES[base ?? '']?.required ?? [])]) {
        const { [name]: _, ...rest } = object
        const wanted = name === 'type' ? 'STIX_TYPE_INVALID /type' : `STIX_PROPERTY_MISSING /${name}`
        expect(codes(rest), name).toContain(wanted)
      }
    },
  )

  it('has a smallest object for every type', () => {
    expect(new Set(Object.keys(SMALLEST))).toEqual(OBJECT_TYPES)
  })

  test.for([
    [versioned('indicator', { ...INDICATOR, valid_until: T }), 'STIX_ORDER /valid_until'],
    [versioned('campaign', { name: 'x', first_seen: LATER, last_seen: T }), 'STIX_ORDER /last_seen'],
    [
      versioned('relationship', { ...SMALLEST['relationship'], start_time: T, stop_time: T }),
      'STIX_ORDER /stop_time',
    ],
    [versioned('malware', { is_family: true }), 'STIX_PROPERTY_MISSING /name'],
    [versioned('location', { latitude: 1 }), 'STIX_PROPERTY_MISSING /longitude'],
    [versioned('location', { latitude: 91, longitude: 1 }), 'STIX_PROPERTY_VALUE /latitude'],
    [versioned('location', { region: 'x', precision: 1 }), 'STIX_PROPERTY_MISSING /latitude'],
    [versioned('tool', { name: 7 }), 'STIX_PROPERTY_TYPE /name'],
    [versioned('tool', { name: 'x', aliases: ['a', 1] }), 'STIX_PROPERTY_TYPE /aliases/1'],
    [versioned('tool', { name: 'x', aliases: [] }), 'STIX_PROPERTY_VALUE /aliases'],
    [versioned('tool', { name: 'x', confidence: 101 }), 'STIX_PROPERTY_VALUE /confidence'],
    [versioned('tool', { name: 'x', confidence: 1.5 }), 'STIX_PROPERTY_TYPE /confidence'],
    [versioned('tool', { name: 'x', lang: 'foo' }), 'STIX_PROPERTY_VALUE /lang'],
    [versioned('tool', { name: 'x', spec_version: '2.0' }), 'STIX_VERSION_UNSUPPORTED /spec_version'],
    [versioned('tool', { name: 'x', id: `malware--${UUID}` }), 'STIX_ID_INVALID /id'],
    [
      versioned('tool', { name: 'x', id: 'tool--0c7b5b88-8ff7-0a4d-aa9d-feb398cd0061' }),
      'STIX_ID_INVALID /id',
    ],
    [versioned('tool', { name: 'x', created: '2016-05-12T08:17:27Z' }), 'STIX_TIMESTAMP_INVALID /created'],
    [versioned('tool', { name: 'x', created: LATER }), 'STIX_ORDER /modified'],
    [versioned('tool', { name: 'x', severity: 1 }), 'STIX_PROPERTY_FORBIDDEN /severity'],
    [versioned('tool', { name: 'x', Upper_case: 1 }), 'STIX_PROPERTY_NAME /Upper_case'],
    [versioned('tool', { name: 'x', __proto_: null }), 'STIX_PROPERTY_VALUE /__proto_'],
    [versioned('tool', { name: 'x', x_y_bin: 'a' }), 'STIX_PROPERTY_VALUE /x_y_bin'],
    [versioned('tool', { name: 'x', x_y_hex: 'abc' }), 'STIX_PROPERTY_VALUE /x_y_hex'],
    [
      versioned('tool', { name: 'x', external_references: [{ source_name: 'x' }] }),
      'STIX_PROPERTY_MISSING /external_references/0',
    ],
    [
      versioned('tool', {
        name: 'x',
        external_references: [{ source_name: 'CVE', external_id: 'CVE-2024-1234' }],
      }),
      'STIX_PROPERTY_VALUE /external_references/0/external_id',
    ],
    [
      versioned('tool', { name: 'x', object_marking_refs: [`tool--${UUID}`] }),
      'STIX_REFERENCE_INVALID /object_marking_refs/0',
    ],
    [
      versioned('tool', { name: 'x', granular_markings: [{ selectors: ['nothing'], lang: 'en' }] }),
      'STIX_SELECTOR_INVALID /granular_markings/0/selectors/0',
    ],
    [
      versioned('tool', { name: 'x', granular_markings: [{ selectors: ['constructor'], lang: 'en' }] }),
      'STIX_SELECTOR_INVALID /granular_markings/0/selectors/0',
    ],
    [
      versioned('tool', {
        name: 'x',
        aliases: ['a'],
        granular_markings: [{ selectors: ['aliases.[1]'], lang: 'en' }],
      }),
      'STIX_SELECTOR_INVALID /granular_markings/0/selectors/0',
    ],
    [
      versioned('tool', {
        name: 'x',
        granular_markings: [{ selectors: ['name'], lang: 'en', marking_ref: `marking-definition--${UUID}` }],
      }),
      'STIX_PROPERTY_FORBIDDEN /granular_markings/0/lang',
    ],
    [versioned('indicator', { ...INDICATOR, pattern: '[x' }), 'PATTERN_SYNTAX /pattern'],
    [versioned('indicator', { ...INDICATOR, pattern: "[ab:cde = 'x']" }), 'PATTERN_INVALID /pattern'],
    [
      versioned('indicator', { ...INDICATOR, pattern: `[a${':b'.repeat(1)}${'x'.repeat(140_000)} = 1]` }),
      'PATTERN_TOO_LONG /pattern',
    ],
    [
      versioned('extension-definition', { ...SMALLEST['extension-definition'], extension_properties: ['x'] }),
      'STIX_PROPERTY_FORBIDDEN /extension_properties',
    ],
    [
      versioned('sighting', { sighting_of_ref: `sighting--${UUID}` }),
      'STIX_REFERENCE_INVALID /sighting_of_ref',
    ],
    [
      versioned('observed-data', {
        ...SMALLEST['observed-data'],
        objects: { 0: { type: 'file', name: 'x' } },
      }),
      'STIX_PROPERTY_FORBIDDEN /object_refs',
    ],
    [sco('file', {}), 'STIX_PROPERTY_MISSING '],
    [sco('file', { hashes: { MD5: 'abc' } }), 'STIX_PROPERTY_VALUE /hashes/MD5'],
    [sco('file', { hashes: { MD: 'abc' } }), 'STIX_PROPERTY_NAME /hashes/MD'],
    [sco('file', { hashes: {} }), 'STIX_PROPERTY_VALUE /hashes'],
    [sco('file', { name: 'x', extensions: {} }), 'STIX_PROPERTY_VALUE /extensions'],
    [
      sco('file', { name: 'x', extensions: { 'x-foobar': { abc: 1 } } }),
      'STIX_PROPERTY_NAME /extensions/x-foobar',
    ],
    [
      sco('file', { name: 'x', extensions: { 'pdf-ext': { version: 1 } } }),
      'STIX_PROPERTY_TYPE /extensions/pdf-ext/version',
    ],
    [
      sco('file', { name: 'x', extensions: { [`extension-definition--${UUID}`]: { abc: 1 } } }),
      `STIX_PROPERTY_VALUE /extensions/extension-definition--${UUID}/extension_type`,
    ],
    [sco('process', {}), 'STIX_PROPERTY_MISSING '],
    [
      sco('network-traffic', { protocols: ['tcp'], src_ref: `ipv4-addr--${UUID}`, is_active: true, end: T }),
      'STIX_PROPERTY_FORBIDDEN /end',
    ],
    [
      sco('network-traffic', { protocols: ['tcp'], src_ref: `file--${UUID}` }),
      'STIX_REFERENCE_INVALID /src_ref',
    ],
    [
      sco('network-traffic', {
        protocols: ['tcp'],
        src_ref: `ipv4-addr--${UUID}`,
        extensions: {
          'http-request-ext': { request_method: 'get', request_value: '/', request_header: { Host: 'x' } },
        },
      }),
      'STIX_PROPERTY_TYPE /extensions/http-request-ext/request_header/Host',
    ],
    [sco('email-message', { is_multipart: true, body: 'x' }), 'STIX_PROPERTY_FORBIDDEN /body'],
    [sco('artifact', { url: 'https://example.com' }), 'STIX_PROPERTY_MISSING /hashes'],
    [
      sco('artifact', { payload_bin: 'YQ==', url: 'https://e.com', hashes: { MD5: 'a'.repeat(32) } }),
      'STIX_PROPERTY_FORBIDDEN /url',
    ],
    [sco('windows-registry-key', { key: String.raw`hklm\x` }), 'STIX_PROPERTY_VALUE /key'],
    [sco('ipv4-addr', { value: '1.2.3.4', revoked: 'x' }), 'STIX_PROPERTY_TYPE /revoked'],
    [
      { ...SMALLEST['marking-definition'], object_marking_refs: [`marking-definition--${UUID}`] },
      'STIX_REFERENCE_INVALID /object_marking_refs',
    ],
    [
      { ...SMALLEST['marking-definition'], definition_type: 'tlp', definition: { tlp: 'red' } },
      'TLP_MARKING_REDEFINED /id',
    ],
    [{ ...SMALLEST['marking-definition'], definition: {} }, 'STIX_PROPERTY_MISSING /definition'],
    [sco('bundle', {}), 'STIX_TYPE_INVALID /type'],
    [versioned('action', {}), 'STIX_TYPE_INVALID /type'],
  ] as readonly (readonly [JsonObject, string])[])('%j: %s', ([object, wanted]) => {
    expect(codes(object)).toContain(wanted)
  })

  test.for([
    versioned('x-own-type', { anything: { Deep: [null, []] } }),
    sco('x-own-observable', { anything: 1 }),
    sco('file', {
      name: 'x',
      extensions: {
        'own-ext': { abc: 1 },
        [`extension-definition--${UUID.toUpperCase()}`]: { extension_type: 'new-sco' },
      },
    }),
    versioned('tool', { name: 'x', x_own: 1, lang: 'pt-BR', labels: [''] }),
    versioned('tool', {
      name: 'x',
      external_references: [{ source_name: 'cve', external_id: 'CVE-2024-12345' }],
    }),
    versioned('tool', {
      name: 'x',
      granular_markings: [{ selectors: ['name', 'created', 'granular_markings.[0].lang'], lang: 'en' }],
    }),
    versioned('indicator', { ...INDICATOR, pattern_type: 'yara', pattern: 'rule x {}' }),
    versioned('observed-data', {
      first_observed: T,
      last_observed: T,
      number_observed: 1,
      objects: {
        0: { type: 'directory', path: '/' },
        1: { type: 'file', name: 'x', parent_directory_ref: '0' },
      },
    }),
    ...Array.from(fixedMarkings.values(), ({ object }) => object),
  ])('takes %j', (object) => {
    expect(validateObject(object)).toEqual([])
  })

  it('checks references between contained objects', () => {
    const objects = {
      0: { type: 'file', name: 'x', parent_directory_ref: '1' },
      1: { type: 'mutex', name: 'm' },
      2: { type: 'tool' },
    }
    const object = versioned('observed-data', {
      first_observed: T,
      last_observed: T,
      number_observed: 1,
      objects,
    })
    expect(codes(object)).toEqual([
      'STIX_REFERENCE_INVALID /objects/0/parent_directory_ref',
      'STIX_TYPE_INVALID /objects/2/type',
    ])
  })

  it('reports a bounded number of findings, with section and words', () => {
    const aliases = Array.from({ length: 10_000 }, () => 1)
    const findings = validateObject(versioned('tool', { name: 'x', aliases }))
    expect(findings).toHaveLength(100)
    expect(findings[0]).toEqual({
      code: 'STIX_PROPERTY_TYPE',
      path: '/aliases/0',
      rule: 'STIX 2.1 §4.18',
      message: expect.any(String) as string,
    })
  })

  it('throws on no object', () => {
    const names = fc.constantFrom(
      ...Object.values(SHAPES).flatMap(({ properties }) => Object.keys(properties)),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(SMALLEST)),
        fc.dictionary(names, fc.jsonValue()),
        (object, changes) => {
          expect(validateObject({ ...object, ...(changes as JsonObject) })).toBeInstanceOf(Array)
        },
      ),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        expect(validateObject(object as JsonObject)).not.toEqual([])
      }),
    )
  })
})
