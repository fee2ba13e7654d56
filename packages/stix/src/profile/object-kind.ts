import type { JsonObject } from '../json/json-value.ts'

/** The cyber-observable types of the standard. @see STIX 2.1 §6 */
export const OBSERVABLE_OBJECT_TYPES: ReadonlySet<string> = new Set([
  'artifact',
  'autonomous-system',
  'directory',
  'domain-name',
  'email-addr',
  'email-message',
  'file',
  'ipv4-addr',
  'ipv6-addr',
  'mac-addr',
  'mutex',
  'network-traffic',
  'process',
  'software',
  'url',
  'user-account',
  'windows-registry-key',
  'x509-certificate',
])

/** Domain and relationship types and the meta types that carry `modified`. @see STIX 2.1 §4, §5, §7.1, §7.3 */
export const VERSIONED_OBJECT_TYPES: ReadonlySet<string> = new Set([
  'attack-pattern',
  'campaign',
  'course-of-action',
  'extension-definition',
  'grouping',
  'identity',
  'incident',
  'indicator',
  'infrastructure',
  'intrusion-set',
  'language-content',
  'location',
  'malware',
  'malware-analysis',
  'note',
  'observed-data',
  'opinion',
  'relationship',
  'report',
  'sighting',
  'threat-actor',
  'tool',
  'vulnerability',
])

/** Which of the common properties apply. `marking` objects are created once and never modified. */
export type ObjectKind = 'versioned' | 'marking' | 'observable'

/**
 * The kind of an object. A type the standard does not define counts as versioned when it has `created` or
 * `modified`, and as cyber-observable otherwise: no list of extensions could be complete.
 *
 * @see STIX 2.1 §3.2
 */
export function kindOf(object: JsonObject): ObjectKind {
  const type = object['type'] as string
  if (OBSERVABLE_OBJECT_TYPES.has(type)) return 'observable'
  if (type === 'marking-definition') return 'marking'
  if (VERSIONED_OBJECT_TYPES.has(type)) return 'versioned'
  return object['created'] !== undefined || object['modified'] !== undefined ? 'versioned' : 'observable'
}
