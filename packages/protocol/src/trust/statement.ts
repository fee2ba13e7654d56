import type { SignedKind } from '../cose/index.ts'
import {
  bytesOf,
  listOf,
  oneOf,
  optional,
  required,
  setOf,
  struct,
  type Struct,
  uint,
  uintUpTo,
} from '../encoding/index.ts'

export const ACTIONS = ['revoke', 'suspend', 'reinstate', 'lapse'] as const
export type Action = (typeof ACTIONS)[number]

export const REASONS = [
  'unspecified',
  'key-compromise',
  'key-lost',
  'ceased',
  'breach-of-rules',
  'superseded',
  'inactive',
] as const
export type Reason = (typeof REASONS)[number]

/** A header by which a chain is closed: what hangs below it by hash stays, everything else of the key goes. */
export interface ChainHead {
  /** 16 bytes. */
  readonly chain: Uint8Array
  readonly seq: number
  /** SHA-256 of the header's bytes. */
  readonly hash: Uint8Array
}

/** What an ACO says about node keys. Times are ms since the Unix epoch. */
export interface Statement {
  /** Key id of the root, 32 bytes. */
  readonly aco: Uint8Array
  /** 1, 2, 3 … without gaps, so that a receiver sees what it lacks. */
  readonly number: number
  readonly action: Action
  /** Key ids of the nodes concerned, a set. */
  readonly keys: readonly Uint8Array[]
  readonly reason: Reason
  readonly at: number
  /** End of a suspension. It ends by itself then. */
  readonly until?: number
  /** The last good header of each chain that the ACO holds of these keys. */
  readonly heads: readonly ChainHead[]
  /** Key id of the operator, or of the root, that signs. */
  readonly signer: Uint8Array
}

/** Headers of a chain are numbered from 0 to 2^32-1. */
export const MAX_SEQ = 0xffff_ffff
/** Heads in one statement. A key with more chains is closed by several statements, whose heads add up. */
export const MAX_HEADS = 1024

/** Keys in one statement: an organisation that is revoked with more nodes needs several. */
const MAX_KEYS = 256

const chainHead: Struct<ChainHead> = struct<ChainHead>(
  'head',
  { chain: required(1, bytesOf(16)), seq: required(2, uintUpTo(MAX_SEQ)), hash: required(3, bytesOf(32)) },
  { unknown: 'refuse' },
)

/** See docs/spec/status.md, "Statements". */
export const STATEMENT: SignedKind<Statement> = {
  typ: 'application/vnd.intelmesh.statement+cose',
  payload: struct<Statement>(
    'statement',
    {
      aco: required(1, bytesOf(32)),
      number: required(2, uint),
      action: required(3, oneOf(ACTIONS)),
      keys: required(4, setOf(bytesOf(32), MAX_KEYS, 1)),
      reason: required(5, oneOf(REASONS)),
      at: required(6, uint),
      until: optional(7, uint),
      heads: required(8, listOf(chainHead, MAX_HEADS)),
      signer: required(9, bytesOf(32)),
    },
    { version: 1, unknown: 'refuse' },
  ),
  limits: { maxBytes: 96 * 1024, maxDepth: 4, maxItems: 8192 },
}
