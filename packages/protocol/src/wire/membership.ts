import {
  bytesOf,
  bytesUpTo,
  decodeCbor,
  encodeCbor,
  listOf,
  optional,
  required,
  struct,
  type Struct,
  textUpTo,
  uint,
} from '../encoding/index.ts'
import { logProof, type LogProof } from '../trust/index.ts'

/** What each side shows of itself inside the Noise channel, the dialler first. */
export interface MembershipHello {
  /** Majors it speaks, newest first. */
  readonly versions: readonly number[]
  /** Key id of the ACO's root, 32 bytes. */
  readonly aco: Uint8Array
  /** The node's certificate, then its issuer's. */
  readonly chain: readonly Uint8Array[]
  /** Inclusion of the node's certificate under the checkpoint of `beacon`. */
  readonly proof?: LogProof
  /** The newest beacon that it holds. */
  readonly beacon: Uint8Array
}

/** The listener's word on a dialler, sent before its own hello or instead of it. */
export interface MembershipAnswer {
  /** Absent when the dialler may come in. One of the codes of docs/spec/channel.md, "Answers". */
  readonly refused?: string
}

/** Bytes of one frame of the exchange: three certificates and a beacon with room to spare. */
export const MAX_MEMBERSHIP_BYTES: number = 8 * 1024
/** A stranger has this long, in ms, and no more. */
export const MEMBERSHIP_TIMEOUT_MS = 5_000

const LIMITS = { maxBytes: MAX_MEMBERSHIP_BYTES, maxDepth: 4, maxItems: 96 }

const hello: Struct<MembershipHello> = struct<MembershipHello>(
  'hello',
  {
    versions: required(1, listOf(uint, 8, 1)),
    aco: required(2, bytesOf(32)),
    chain: required(3, listOf(bytesUpTo(1280, 1), 3, 2)),
    proof: optional(4, logProof),
    beacon: required(5, bytesUpTo(1280, 1)),
  },
  { version: 1, unknown: 'ignore' },
)

const answer: Struct<MembershipAnswer> = struct<MembershipAnswer>(
  'answer',
  { refused: optional(1, textUpTo(64)) },
  { version: 1, unknown: 'ignore' },
)

export function encodeHello(value: MembershipHello): Uint8Array {
  return encodeCbor(hello.encode(value))
}

/** @throws EncodingError */
export function decodeHello(bytes: Uint8Array): MembershipHello {
  return hello.decode(decodeCbor(bytes, LIMITS), 'hello')
}

export function encodeAnswer(value: MembershipAnswer): Uint8Array {
  return encodeCbor(answer.encode(value))
}

/** @throws EncodingError */
export function decodeAnswer(bytes: Uint8Array): MembershipAnswer {
  return answer.decode(decodeCbor(bytes, LIMITS), 'answer')
}
