import type { JsonObject, JsonValue } from '../../json/json-value.ts'

/** A UUID of version 4. */
export const UUID: string = '0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061'
/** When test objects are created. */
export const T: string = '2016-05-12T08:17:27.000Z'
/** A second after {@link T}. */
export const LATER: string = '2016-05-12T08:17:28.000Z'

/** A domain, relationship or meta object. */
export function versioned(type: string, properties: Record<string, JsonValue>): JsonObject {
  return { type, spec_version: '2.1', id: `${type}--${UUID}`, created: T, modified: T, ...properties }
}

/** A cyber-observable object. */
export function sco(type: string, properties: Record<string, JsonValue>): JsonObject {
  return { type, id: `${type}--${UUID}`, ...properties }
}

/** What an indicator has to have. */
export const INDICATOR: JsonObject = {
  pattern: "[ipv4-addr:value = '1.2.3.4']",
  pattern_type: 'stix',
  valid_from: T,
}

/** The smallest valid object of every type. */
export const SMALLEST: Readonly<Record<string, JsonObject>> = {
  'attack-pattern': versioned('attack-pattern', { name: 'x' }),
  campaign: versioned('campaign', { name: 'x' }),
  'course-of-action': versioned('course-of-action', { name: 'x' }),
  'extension-definition': versioned('extension-definition', {
    name: 'x',
    schema: 'x',
    version: '1',
    extension_types: ['new-sdo'],
    created_by_ref: `identity--${UUID}`,
  }),
  grouping: versioned('grouping', { context: 'x', object_refs: [`tool--${UUID}`] }),
  identity: versioned('identity', { name: 'x' }),
  incident: versioned('incident', { name: 'x' }),
  indicator: versioned('indicator', INDICATOR),
  infrastructure: versioned('infrastructure', { name: 'x' }),
  'intrusion-set': versioned('intrusion-set', { name: 'x' }),
  'language-content': versioned('language-content', {
    object_ref: `tool--${UUID}`,
    contents: { de: { name: 'y' } },
  }),
  location: versioned('location', { region: 'x' }),
  malware: versioned('malware', { is_family: false }),
  'malware-analysis': versioned('malware-analysis', { product: 'x', result: 'benign' }),
  note: versioned('note', { content: 'x', object_refs: [`tool--${UUID}`] }),
  'observed-data': versioned('observed-data', {
    first_observed: T,
    last_observed: T,
    number_observed: 1,
    object_refs: [`file--${UUID}`],
  }),
  opinion: versioned('opinion', { opinion: 'agree', object_refs: [`tool--${UUID}`] }),
  relationship: versioned('relationship', {
    relationship_type: 'uses',
    source_ref: `tool--${UUID}`,
    target_ref: `tool--${UUID}`,
  }),
  report: versioned('report', { name: 'x', published: T, object_refs: [`tool--${UUID}`] }),
  sighting: versioned('sighting', { sighting_of_ref: `indicator--${UUID}` }),
  'threat-actor': versioned('threat-actor', { name: 'x' }),
  tool: versioned('tool', { name: 'x' }),
  vulnerability: versioned('vulnerability', { name: 'x' }),
  artifact: sco('artifact', { payload_bin: 'YQ==' }),
  'autonomous-system': sco('autonomous-system', { number: 1 }),
  directory: sco('directory', { path: '/' }),
  'domain-name': sco('domain-name', { value: 'example.com' }),
  'email-addr': sco('email-addr', { value: 'a@example.com' }),
  'email-message': sco('email-message', { is_multipart: false }),
  file: sco('file', { name: 'x' }),
  'ipv4-addr': sco('ipv4-addr', { value: '198.51.100.0/24' }),
  'ipv6-addr': sco('ipv6-addr', { value: '2001:db8::/32' }),
  'mac-addr': sco('mac-addr', { value: 'd2:fb:49:24:37:18' }),
  mutex: sco('mutex', { name: 'x' }),
  'network-traffic': sco('network-traffic', { protocols: ['tcp'], src_ref: `ipv4-addr--${UUID}` }),
  process: sco('process', { pid: 1 }),
  software: sco('software', { name: 'x' }),
  url: sco('url', { value: 'https://example.com/' }),
  'user-account': sco('user-account', { user_id: '1' }),
  'windows-registry-key': sco('windows-registry-key', { key: String.raw`HKEY_LOCAL_MACHINE\x` }),
  'x509-certificate': sco('x509-certificate', { serial_number: '00' }),
  'marking-definition': {
    type: 'marking-definition',
    spec_version: '2.1',
    id: `marking-definition--${UUID}`,
    created: T,
    definition_type: 'statement',
    definition: { statement: 'x' },
  },
}
