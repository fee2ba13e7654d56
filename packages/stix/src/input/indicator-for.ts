import { isUuid } from '../identifier.ts'
import type { Observable, ObservableType } from '../observable/observable.ts'
import type { StixObject } from '../stix-object.ts'
import { formatTimestamp } from '../timestamp.ts'

/** What an indicator is made of. */
export interface IndicatorDraft {
  readonly observable: Observable
  /** ms since the Unix epoch: `created`, `modified`, and `valid_from` unless given. */
  readonly now: number
  /** Lower-case UUID, made by the caller. */
  readonly uuid: string
  readonly description?: string
  /** 0 to 100. */
  readonly confidence?: number
  /** At least one. */
  readonly labels?: readonly string[]
  /** ms since the Unix epoch */
  readonly validFrom?: number
  /** ms since the Unix epoch, after `validFrom` */
  readonly validUntil?: number
}

/** Makes a STIX indicator whose pattern matches exactly one value. @see STIX 2.1 §4.7 */
export function indicatorFor(draft: IndicatorDraft): StixObject {
  if (!isUuid(draft.uuid)) throw new TypeError('an indicator needs a UUID in lower case')
  const { observable, now, validFrom = now, validUntil, description, confidence, labels } = draft
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${draft.uuid}`,
    created: formatTimestamp(now),
    modified: formatTimestamp(now),
    name: observable.value,
    ...(description === undefined ? {} : { description }),
    indicator_types: ['malicious-activity'],
    pattern: patternFor(observable),
    pattern_type: 'stix',
    valid_from: formatTimestamp(validFrom),
    ...(validUntil === undefined ? {} : { valid_until: formatTimestamp(validUntil) }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(labels === undefined || labels.length === 0 ? {} : { labels }),
  }
}

/** Where each type of observable stands in a pattern. @see STIX 2.1 §6, §9 */
const PATHS: Readonly<Record<ObservableType, string>> = {
  ipv4: 'ipv4-addr:value',
  ipv6: 'ipv6-addr:value',
  cidr: 'ipv4-addr:value',
  domain: 'domain-name:value',
  url: 'url:value',
  email: 'email-addr:value',
  mac: 'mac-addr:value',
  asn: 'autonomous-system:number',
  md5: 'file:hashes.MD5',
  sha1: "file:hashes.'SHA-1'",
  sha256: "file:hashes.'SHA-256'",
  sha512: "file:hashes.'SHA-512'",
  'sha3-256': "file:hashes.'SHA3-256'",
  'sha3-512': "file:hashes.'SHA3-512'",
  ssdeep: 'file:hashes.SSDEEP',
  tlsh: 'file:hashes.TLSH',
  'file-name': 'file:name',
  mutex: 'mutex:name',
  'registry-key': 'windows-registry-key:key',
  'user-agent': "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
  'x509-serial': 'x509-certificate:serial_number',
  'x509-md5': 'x509-certificate:hashes.MD5',
  'x509-sha1': "x509-certificate:hashes.'SHA-1'",
  'x509-sha256': "x509-certificate:hashes.'SHA-256'",
}

function patternFor({ type, value }: Observable): string {
  const path = type === 'cidr' && value.includes(':') ? PATHS.ipv6 : PATHS[type]
  const constant = type === 'asn' ? value : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  return `[${path} = ${constant}]`
}
