import type { Hasher } from '../crypto/index.ts'
import {
  asArray,
  bytesOf,
  bytesUpTo,
  type CborLimits,
  encodeCbor,
  type EncodingErrorCode,
  listOf,
  oneOf,
  optional,
  required,
  setOf,
  struct,
  type Struct,
  textUpTo,
  uint,
  uint64,
  viewCbor,
} from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { leafHash } from '../merkle/index.ts'
import { clusterName } from '../trust/index.ts'
import { TLP_LABELS, type TlpLabel } from '../tlp.ts'
import { RecordError } from './errors.ts'
import type { Hlc } from './hlc.ts'

/** The part of a leaf that policy and replication read. */
export interface LeafClear {
  /** Key id of the author's node, 32 bytes. */
  readonly author: Uint8Array
  readonly hlc: Hlc
  readonly cluster: string
  /** Names of the compartments that hold the record. */
  readonly compartments: readonly string[]
  readonly tlp: TlpLabel
  readonly channel?: string
  /** Organisation id for which the author acts, 16 bytes. */
  readonly actsFor?: Uint8Array
  /** Whole hours since the Unix epoch, UTC: the record leaves every set when that hour begins. */
  readonly expires: number
}

const BODY_KINDS = ['stix', 'tombstone'] as const
export type BodyKind = (typeof BODY_KINDS)[number]

/** What a plain record says. All ids are record ids of 32 bytes; lists of them are sets. */
export interface LeafBody {
  readonly kind: BodyKind
  /** Record id of the first version; absent in the first version. */
  readonly lineage?: Uint8Array
  readonly supersedes?: readonly Uint8Array[]
  /** Tombstones only: the records taken back. */
  readonly retracts?: readonly Uint8Array[]
  readonly derivedFrom?: readonly Uint8Array[]
  /** One STIX object as RFC 8785 bytes; absent in a tombstone. */
  readonly stix?: Uint8Array
  /** Tombstones only: why, from {@link RETRACTION_REASONS}. */
  readonly reason?: RetractionReason
}

export const RETRACTION_REASONS = ['false-positive', 'error', 'leak', 'superseded'] as const
export type RetractionReason = (typeof RETRACTION_REASONS)[number]

export interface Leaf {
  readonly clear: LeafClear
  readonly body: LeafBody
}

/** A leaf with its bytes and the record id that they give. */
export interface ParsedLeaf extends Leaf {
  /** Record id: the RFC 9162 leaf hash of `bytes`, 32 bytes. */
  readonly id: Uint8Array
  readonly bytes: Uint8Array
}

/** A record of 256 KiB is a large report with its references; anything beyond belongs into a file it points to. */
export const MAX_LEAF_BYTES: number = 256 * 1024
/** STIX objects on the way out of a feed stay a little below the leaf's own cap. */
export const MAX_STIX_BYTES: number = 240 * 1024
/** Records that one tombstone or version names. */
export const MAX_REFERENCES = 256
const MAX_COMPARTMENTS = 16

const LEAF_LIMITS: CborLimits = { maxBytes: MAX_LEAF_BYTES, maxDepth: 16, maxItems: 4096 }

const references = setOf(bytesOf(32), MAX_REFERENCES, 1)

const leafClear: Struct<LeafClear> = struct<LeafClear>(
  'clear',
  {
    author: required(1, bytesOf(32)),
    hlc: required(2, uint64),
    cluster: required(3, clusterName),
    compartments: required(4, listOf(textUpTo(80), MAX_COMPARTMENTS, 1)),
    tlp: required(5, oneOf(TLP_LABELS)),
    channel: optional(6, textUpTo(64)),
    actsFor: optional(7, bytesOf(16)),
    expires: required(8, uint),
  },
  { version: 1, unknown: 'refuse' },
)

/** The fields that a body of each kind has to have, and those that it may have besides. */
const BODY_FIELDS: Readonly<Record<BodyKind, Readonly<Partial<Record<keyof LeafBody, 'needs' | 'may'>>>>> = {
  stix: { kind: 'needs', stix: 'needs', lineage: 'may', supersedes: 'may', derivedFrom: 'may' },
  tombstone: { kind: 'needs', retracts: 'needs', reason: 'needs' },
}

const leafBody: Struct<LeafBody> = struct<LeafBody>(
  'body',
  {
    kind: required(1, oneOf(BODY_KINDS)),
    lineage: optional(2, bytesOf(32)),
    supersedes: optional(3, references),
    retracts: optional(4, references),
    derivedFrom: optional(5, references),
    stix: optional(6, bytesUpTo(MAX_STIX_BYTES, 1)),
    reason: optional(7, oneOf(RETRACTION_REASONS)),
  },
  { unknown: 'ignore' },
  ['the fields of its kind', fitsKind],
)

/** @throws RecordError LEAF_TOO_LARGE, LEAF_MALFORMED for what no reader would accept */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  const bytes = encodeCbor([leafClear.encode(leaf.clear), leafBody.encode(leaf.body)])
  viewLeaf(bytes)
  return bytes
}

/**
 * Parses one leaf and computes its record id. Keeps a copy of the bytes, fields that it does not know included.
 *
 * @throws RecordError LEAF_MALFORMED, LEAF_TOO_LARGE; EncodingError NEWER_THAN_ME
 * @see docs/spec/records.md, "Leaves"
 */
export function parseLeaf(hasher: Hasher, bytes: Uint8Array): ParsedLeaf {
  const kept = bytes.slice()
  return { ...viewLeaf(kept), bytes: kept, id: leafHash(hasher, kept) }
}

/**
 * As {@link parseLeaf}, for bytes whose record id is known already: hashes and copies nothing. Byte strings are views of `bytes`,
 * which must not change.
 *
 * @throws RecordError LEAF_MALFORMED, LEAF_TOO_LARGE; EncodingError NEWER_THAN_ME
 */
export function viewLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length > MAX_LEAF_BYTES) {
    throw new RecordError('LEAF_TOO_LARGE', `expected at most ${MAX_LEAF_BYTES} bytes, got ${bytes.length}`)
  }
  try {
    const parts = asArray(viewCbor(bytes, LEAF_LIMITS), 'leaf')
    if (parts.length !== 2) throw new RecordError('LEAF_MALFORMED', 'expected [clear, body]')
    return {
      clear: leafClear.decode(parts[0] ?? null, 'clear'),
      body: leafBody.decode(parts[1] ?? null, 'body'),
    }
  } catch (error) {
    if (error instanceof RecordError || codeOf(error) === ('NEWER_THAN_ME' satisfies EncodingErrorCode))
      throw error
    throw new RecordError('LEAF_MALFORMED', 'the leaf is not in the form of this version', { cause: error })
  }
}

function fitsKind(body: LeafBody): boolean {
  const fields = BODY_FIELDS[body.kind]
  return BODY_NAMES.every((name) =>
    body[name] === undefined ? fields[name] !== 'needs' : fields[name] !== undefined,
  )
}

const BODY_NAMES = ['kind', 'lineage', 'supersedes', 'retracts', 'derivedFrom', 'stix', 'reason'] as const
