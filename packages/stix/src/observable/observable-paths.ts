import { normalise } from './normalise.ts'
import type { Observable, ObservableType } from './observable.ts'

/**
 * Turns one value found at one place into an observable, or undefined if it is none. `at` is the last
 * name of the path: for hashes, the algorithm.
 */
export type Reading = (value: string, at: string) => Observable | undefined

/**
 * Where indexed values stand in cyber-observable objects: type, path and reading. `*` is any index or key.
 * One table serves objects and patterns.
 *
 * @see docs/spec/stix.md, "Observables"
 */
export const OBSERVABLE_PATHS: Readonly<Record<string, Readonly<Record<string, Reading>>>> = {
  'ipv4-addr': { value: readAddress },
  'ipv6-addr': { value: readAddress },
  'domain-name': { value: as('domain') },
  url: { value: as('url') },
  'email-addr': { value: as('email') },
  'mac-addr': { value: as('mac') },
  'autonomous-system': { number: as('asn') },
  artifact: { 'hashes.*': readHash },
  file: {
    'hashes.*': readHash,
    name: as('file-name'),
    'extensions.ntfs-ext.alternate_data_streams.*.hashes.*': readHash,
    'extensions.windows-pebinary-ext.file_header_hashes.*': readHash,
    'extensions.windows-pebinary-ext.optional_header.hashes.*': readHash,
    'extensions.windows-pebinary-ext.sections.*.hashes.*': readHash,
  },
  mutex: { name: as('mutex') },
  'windows-registry-key': { key: as('registry-key') },
  'network-traffic': {
    'extensions.http-request-ext.request_header.User-Agent': as('user-agent'),
    'extensions.http-request-ext.request_header.User-Agent.*': as('user-agent'),
  },
  'user-agent': { string: as('user-agent') },
  'x509-certificate': { serial_number: as('x509-serial'), 'hashes.*': readCertificateHash },
}

/** Properties of an object that {@link OBSERVABLE_PATHS} begin with, and those of objects that hold others or a pattern. */
export const OBSERVABLE_PROPERTIES: readonly string[] = [
  'objects',
  'pattern',
  'pattern_type',
  ...Object.values(OBSERVABLE_PATHS).flatMap((paths) =>
    Object.keys(paths).map((path) => path.split('.')[0] as string),
  ),
]

/** What a reference leads to, by the last reference of a path: `network-traffic:dst_ref.value`. */
export const REFERENCE_TARGETS: Readonly<Record<string, readonly string[]>> = {
  src_ref: ['ipv4-addr', 'domain-name', 'mac-addr'],
  dst_ref: ['ipv4-addr', 'domain-name', 'mac-addr'],
  resolves_to_refs: ['ipv4-addr', 'domain-name', 'mac-addr'],
  belongs_to_refs: ['autonomous-system'],
  from_ref: ['email-addr'],
  sender_ref: ['email-addr'],
  to_refs: ['email-addr'],
  cc_refs: ['email-addr'],
  bcc_refs: ['email-addr'],
  raw_email_ref: ['artifact'],
  body_raw_ref: ['file', 'artifact'],
  content_ref: ['artifact'],
  src_payload_ref: ['artifact'],
  dst_payload_ref: ['artifact'],
  message_body_data_ref: ['artifact'],
  contains_refs: ['file'],
  image_ref: ['file'],
  service_dll_refs: ['file'],
  sample_ref: ['file', 'artifact'],
}

const HASH_TYPES: Readonly<Record<string, ObservableType>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-512': 'sha512',
  'SHA3-256': 'sha3-256',
  'SHA3-512': 'sha3-512',
  SSDEEP: 'ssdeep',
  TLSH: 'tlsh',
}

/** Spellings of algorithms seen in the wild, without their hyphens. */
const HASH_SPELLINGS: ReadonlyMap<string, ObservableType> = new Map([
  ...Object.entries(HASH_TYPES).map(([name, type]) => [name.replaceAll('-', ''), type] as const),
  ['SHA3256', 'sha3-256'],
  ['SHA3512', 'sha3-512'],
])

const CERTIFICATE_HASHES: Partial<Record<ObservableType, ObservableType>> = {
  md5: 'x509-md5',
  sha1: 'x509-sha1',
  sha256: 'x509-sha256',
}

function as(type: ObservableType): Reading {
  return (value) => {
    const normal = normalise(type, value)
    return normal === undefined ? undefined : { type, value: normal }
  }
}

/** Addresses, networks, and addresses written as networks of one. */
function readAddress(value: string): Observable | undefined {
  const alone = value.endsWith('/32') && !value.includes(':') ? value.slice(0, -3) : value
  const single = alone.endsWith('/128') ? alone.slice(0, -4) : alone
  for (const type of ['ipv4', 'ipv6', 'cidr'] as const) {
    const normal = normalise(type, single)
    if (normal !== undefined) return { type, value: normal }
  }
  return undefined
}

function readHash(value: string, algorithm: string): Observable | undefined {
  const type = HASH_SPELLINGS.get(algorithm.toUpperCase().replaceAll('-', '').replaceAll('_', ''))
  const normal = type === undefined ? undefined : normalise(type, value)
  return type === undefined || normal === undefined ? undefined : { type, value: normal }
}

function readCertificateHash(value: string, algorithm: string): Observable | undefined {
  const hash = readHash(value, algorithm)
  const type = hash === undefined ? undefined : CERTIFICATE_HASHES[hash.type]
  return hash === undefined || type === undefined ? undefined : { type, value: hash.value }
}
