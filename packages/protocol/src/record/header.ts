import type { SignedKind, Unverified, Verified } from '../cose/index.ts'
import { bytesOf, optional, required, struct, textUpTo, uint64, uintUpTo } from '../encoding/index.ts'
import { MAX_SEQ } from '../trust/index.ts'
import type { Hlc } from './hlc.ts'

/** What a node signs: the root over a batch of records, and its place in a chain. */
export interface Header {
  /** The admission profile that every STIX object of the batch keeps. */
  readonly profile: number
  /** SHA-256 of the certificate under whose key the header is signed. It selects, and binds nothing else. */
  readonly certificate: Uint8Array
  /** 16 random bytes: one chain per node key and audience. */
  readonly chain: Uint8Array
  /** 0, 1, 2 … along the chain. */
  readonly seq: number
  /** SHA-256 of the previous header's bytes; absent at seq 0 alone. */
  readonly previous?: Uint8Array
  /** The compartment for which the chain is kept. */
  readonly audience: string
  /** The least and the greatest reading among the leaves. */
  readonly from: Hlc
  readonly to: Hlc
  readonly count: number
  /** RFC 9162 root over the leaves. */
  readonly root: Uint8Array
}

export type ParsedHeader = Unverified<Header>
export type VerifiedHeader = Verified<Header>

/** Leaves of one batch: enough that a signature costs nothing per record, few enough for one inclusion path of ten. */
export const MAX_BATCH_RECORDS = 1024
/** Bytes of a whole inflated batch, as gossip carries it. */
export const MAX_BATCH_BYTES: number = 1024 * 1024

/** Numbers for profiles to come. A node leaves headers of a profile that it does not know alone. */
const MAX_PROFILE = 65_535

/** See docs/spec/records.md, "Headers". */
export const HEADER: SignedKind<Header> = {
  typ: 'application/vnd.intelmesh.header+cose',
  payload: struct<Header>(
    'header',
    {
      profile: required(1, uintUpTo(MAX_PROFILE, 1)),
      certificate: required(2, bytesOf(32)),
      chain: required(3, bytesOf(16)),
      seq: required(4, uintUpTo(MAX_SEQ)),
      previous: optional(5, bytesOf(32)),
      audience: required(6, textUpTo(80)),
      from: required(7, uint64),
      to: required(8, uint64),
      count: required(9, uintUpTo(MAX_BATCH_RECORDS, 1)),
      root: required(10, bytesOf(32)),
    },
    { version: 1, unknown: 'refuse' },
    ['a previous header, but for the first', ({ seq, previous }) => (previous === undefined) === (seq === 0)],
  ),
  limits: { maxBytes: 512, maxDepth: 2, maxItems: 48 },
}
