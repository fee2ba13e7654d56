/** Every kind of value the index knows. */
export const OBSERVABLE_TYPES = [
  'ipv4',
  'ipv6',
  'cidr',
  'domain',
  'url',
  'email',
  'mac',
  'asn',
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'sha3-256',
  'sha3-512',
  'ssdeep',
  'tlsh',
  'file-name',
  'mutex',
  'registry-key',
  'user-agent',
  'x509-serial',
  'x509-md5',
  'x509-sha1',
  'x509-sha256',
] as const

/** One of {@link OBSERVABLE_TYPES}. */
export type ObservableType = (typeof OBSERVABLE_TYPES)[number]

/** One indexed value in its normal form. @see docs/spec/stix.md, "Observables" */
export interface Observable {
  readonly type: ObservableType
  readonly value: string
}

/** A value that cannot be looked up, and why. `path` is a JSON Pointer into the object. */
export interface Unindexed {
  readonly path: string
  readonly reason: UnindexedReason
}

/** Why a value is stored but not indexed. */
export type UnindexedReason =
  | 'operator'
  | 'negated'
  | 'property'
  | 'value'
  | 'pattern-invalid'
  | 'pattern-type'
  | 'too-many'

/** What {@link observablesOf} found. */
export interface Extraction {
  readonly observables: readonly Observable[]
  readonly unindexed: readonly Unindexed[]
}
