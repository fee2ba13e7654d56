import {
  type CborLimits,
  decodeCbor,
  decodeSyncMessage,
  encodeCbor,
  encodeSyncMessage,
  type FieldType,
  listOf,
  MAX_FRAME_BYTES,
  oneOf,
  optional,
  required,
  struct,
  SYNC_SETS,
  type SyncItem,
  type SyncSet,
  uint,
  bytesOf,
  textUpTo,
  concatBytes,
} from '@intelmesh/protocol'
import { CarryError } from './errors.ts'

/** What a file says of itself, in its first frame. */
export interface About {
  readonly cluster: string
  /** Key id of the ACO's root. */
  readonly aco: Uint8Array
  /** Key id of the node that wrote it. Anybody can write this: it is shown and decides nothing. */
  readonly node: Uint8Array
  /** ms since the Unix epoch. */
  readonly at: number
  /** What arrived there before this is not in the file. ms since the Unix epoch. */
  readonly since?: number | undefined
  /** The hour up to which that node had swept what expired. */
  readonly asOf: number
  /** Sets that the file may hold something of. */
  readonly sets: readonly SyncSet[]
}

/** What a file says in its last frame. */
export interface End {
  readonly sets: readonly SetTotals[]
}

/** A set of the node that wrote a file, as it was at the end. */
export interface SetTotals {
  readonly set: SyncSet
  /** Items in the file. */
  readonly carried: number
  readonly count: number
  readonly digest: Uint8Array
  /** Whole hours since the Unix epoch, ascending, each with the ids in it; the newest {@link MAX_HOURS}. */
  readonly hours: readonly HourCount[]
}

export type HourCount = readonly [hour: number, count: number]

/** Hours told of a set: two years of them, and half of a frame. */
export const MAX_HOURS = 16_384

/** Items of one set, with how many records or objects they hold. */
export interface ItemsFrame {
  readonly set: SyncSet
  readonly records: number
  readonly items: readonly SyncItem[]
}

/** A stretch of the ACO's log. */
export interface LogFrame {
  readonly from: number
  readonly hashes: readonly Uint8Array[]
}

const setName: FieldType<SyncSet> = oneOf(SYNC_SETS)

const about = struct<About>(
  'about',
  {
    cluster: required(1, textUpTo(128)),
    aco: required(2, bytesOf(32)),
    node: required(3, bytesOf(32)),
    at: required(4, uint),
    since: optional(5, uint),
    asOf: required(6, uint),
    sets: required(7, listOf(setName, SYNC_SETS.length)),
  },
  { version: 1, unknown: 'ignore' },
)

const hourCount: FieldType<HourCount> = {
  encode: ([hour, count]) => [hour, count],
  decode(value, path) {
    const [hour = 0, count = 0] = listOf(uint, 2, 2).decode(value, path)
    return [hour, count]
  },
}

const totals = struct<SetTotals>(
  'totals',
  {
    set: required(1, setName),
    carried: required(2, uint),
    count: required(3, uint),
    digest: required(4, bytesOf(32)),
    hours: required(5, listOf(hourCount, MAX_HOURS)),
  },
  { unknown: 'ignore' },
)

const end = struct<End>(
  'end',
  { sets: required(1, listOf(totals, SYNC_SETS.length)) },
  { version: 1, unknown: 'ignore' },
)

const LIMITS: CborLimits = { maxBytes: MAX_FRAME_BYTES, maxDepth: 6, maxItems: 262_144 }

/** @throws EncodingError, for what no version writes; NEWER_THAN_ME for a later one */
export function decodeAbout(content: Uint8Array): About {
  return about.decode(decodeCbor(content, LIMITS), 'about')
}

export function encodeAbout(value: About): Uint8Array {
  return encodeCbor(about.encode(value))
}

/** @throws EncodingError */
export function decodeEnd(content: Uint8Array): End {
  return end.decode(decodeCbor(content, LIMITS), 'end')
}

export function encodeEnd(value: End): Uint8Array {
  return encodeCbor(end.encode(value))
}

/** The place of the set, the number of records, and the items as a session sends them. */
export function encodeItems({ set, records, items }: ItemsFrame): Uint8Array {
  const head = new Uint8Array(5)
  head[0] = SYNC_SETS.indexOf(set)
  new DataView(head.buffer).setUint32(1, records)
  return concatBytes(head, encodeSyncMessage({ type: 'items', more: false, items }))
}

/** @throws CarryError CARRY_MALFORMED; SyncError and EncodingError as of a session */
export function decodeItems(content: Uint8Array): ItemsFrame {
  const set = SYNC_SETS[content[0] ?? SYNC_SETS.length]
  if (set === undefined || content.length < 5)
    throw new CarryError('CARRY_MALFORMED', 'expected items of a set')
  const message = decodeSyncMessage(content.subarray(5))
  if (message.type !== 'items') throw new CarryError('CARRY_MALFORMED', `expected items, got ${message.type}`)
  return { set, records: uint32At(content, 1), items: message.items }
}

/** The place of the first hash, and the hashes as a session sends them. */
export function encodeLog({ from, hashes }: LogFrame): Uint8Array {
  const head = new Uint8Array(4)
  new DataView(head.buffer).setUint32(0, from)
  return concatBytes(head, encodeSyncMessage({ type: 'hashes', hashes }))
}

/** @throws CarryError CARRY_MALFORMED; SyncError and EncodingError as of a session */
export function decodeLog(content: Uint8Array): LogFrame {
  if (content.length < 4) throw new CarryError('CARRY_MALFORMED', 'expected a part of the log')
  const message = decodeSyncMessage(content.subarray(4))
  if (message.type !== 'hashes')
    throw new CarryError('CARRY_MALFORMED', `expected hashes, got ${message.type}`)
  return { from: uint32At(content, 0), hashes: message.hashes }
}

function uint32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at)
}
