import {
  asArray,
  bytesOf,
  bytesUpTo,
  type CborValue,
  decodeCbor,
  encodeCbor,
  type FieldType,
  listOf,
  oneOf,
  optional,
  required,
  struct,
  type Struct,
  textUpTo,
  uint,
  uintUpTo,
} from '../encoding/index.ts'
import { MAX_QUESTIONS, SyncError } from '../sync/difference.ts'
import { MAX_LEAF_IDS, type TreeNode } from '../sync/tree.ts'
import { MAX_SEQ } from '../trust/index.ts'

/** The sets that reconcile on their own, in the order in which a node asks for them. */
export const SYNC_SETS = [
  'control',
  'register',
  'clear/tombstones',
  'green/tombstones',
  'clear',
  'green',
] as const
export type SyncSet = (typeof SYNC_SETS)[number]

/** Opens a session, and answers its opening: how the sender's set stands. */
export interface Opening {
  readonly set: SyncSet
  /** The hour up to which the sender has swept what expired. */
  readonly asOf: number
  readonly count: number
  readonly digest: Uint8Array
  /** Set `control` alone: newest beacon and list, and how many log entries the sender holds. */
  readonly beacon?: Uint8Array
  readonly statusList?: Uint8Array
  readonly logSize?: number
  /** Instead of all the rest: why there is no session. */
  readonly refused?: string
}

/** What one side says to the other in a session. The initiator asks; the responder answers each message with one. */
export type SyncMessage =
  | { readonly type: 'open'; readonly opening: Opening }
  | { readonly type: 'ask'; readonly paths: readonly string[] }
  | { readonly type: 'nodes'; readonly nodes: readonly (TreeNode | undefined)[] }
  | { readonly type: 'want'; readonly ids: readonly Uint8Array[] }
  | { readonly type: 'items'; readonly items: readonly SyncItem[] }
  | { readonly type: 'log'; readonly from: number }
  | { readonly type: 'hashes'; readonly hashes: readonly Uint8Array[] }
  | { readonly type: 'headers'; readonly chain: Uint8Array; readonly from: number; readonly to: number }
  | { readonly type: 'done' }

/** Something that goes into the other's set, by admission as anything else. */
export interface SyncItem {
  readonly form: 'batch' | 'record' | 'control' | 'header'
  readonly bytes: Uint8Array
}

/** Bytes of one frame: a whole batch with room for its wrapping. */
export const MAX_FRAME_BYTES: number = 1_310_720
/** Ids in one `want`; log hashes in one answer; headers in one answer. */
export const MAX_WANTED = 1024
export const MAX_LOG_HASHES: number = 16_384
export const MAX_SYNC_HEADERS = 1024

const PATH = /^(?:[0-9a-f]{4}(?:[0-9a-f]{2}(?:[0-9a-f]{2}[0-9a-f]{0,8})?)?)?$/
const MAX_CHILDREN = 4096
/** For the head of a `nodes` message. */
const ROOM = 16
/** A leaf at full depth may hold more than one that can split. */
const MAX_IDS: number = 32 * MAX_LEAF_IDS

const opening: Struct<Opening> = struct<Opening>(
  'opening',
  {
    set: required(1, oneOf(SYNC_SETS)),
    asOf: required(2, uint),
    count: required(3, uint),
    digest: required(4, bytesOf(32)),
    beacon: optional(5, bytesUpTo(1280)),
    statusList: optional(6, bytesUpTo(256 * 1024)),
    logSize: optional(7, uint),
    refused: optional(8, textUpTo(64)),
  },
  { version: 1, unknown: 'ignore' },
)

const item: FieldType<SyncItem> = pair(
  oneOf(['batch', 'record', 'control', 'header'] as const),
  bytesUpTo(MAX_FRAME_BYTES),
  (form, bytes) => ({ form, bytes }),
  ({ form, bytes }) => [form, bytes],
)

const child = struct<{ label: string; count: number; digest: Uint8Array }>(
  'child',
  { label: required(1, textUpTo(4)), count: required(2, uint), digest: required(3, bytesOf(32)) },
  { unknown: 'refuse' },
)

/** A node is null, its ids as a list of byte strings, or its children as a list of maps; an empty list is no node. */
const node: FieldType<TreeNode | undefined> = {
  encode: (value) => {
    if (value === undefined) return null
    return value.kind === 'leaf' ? value.ids : value.children.map((each) => child.encode(each))
  },
  decode(value, path) {
    if (value === null) return undefined
    const items = asArray(value, path)
    return items[0] instanceof Uint8Array
      ? { kind: 'leaf', ids: listOf(bytesOf(32), MAX_IDS, 1).decode(value, path) }
      : { kind: 'inner', children: listOf(child, MAX_CHILDREN, 1).decode(value, path) }
  },
}

/** Tag of each message type on the wire, with the codec of its arguments. */
const MESSAGES: { readonly [T in SyncMessage['type']]: Codec<Extract<SyncMessage, { type: T }>> } = {
  open: { tag: 0, fields: [['opening', opening]] },
  ask: { tag: 1, fields: [['paths', listOf(pathText(), MAX_QUESTIONS, 1)]] },
  nodes: { tag: 2, fields: [['nodes', listOf(node, MAX_QUESTIONS, 1)]] },
  want: { tag: 3, fields: [['ids', listOf(bytesOf(32), MAX_WANTED, 1)]] },
  items: { tag: 4, fields: [['items', listOf(item, MAX_WANTED)]] },
  log: { tag: 5, fields: [['from', uint]] },
  hashes: { tag: 6, fields: [['hashes', listOf(bytesOf(32), MAX_LOG_HASHES)]] },
  headers: {
    tag: 7,
    fields: [
      ['chain', bytesOf(16)],
      ['from', uintUpTo(MAX_SEQ)],
      ['to', uintUpTo(MAX_SEQ)],
    ],
  },
  done: { tag: 8, fields: [] },
}

type FieldOf<M> = { [K in Exclude<keyof M, 'type'>]: readonly [K, FieldType<M[K]>] }[Exclude<keyof M, 'type'>]

interface Codec<M> {
  readonly tag: number
  readonly fields: readonly FieldOf<M>[]
}

/** What a loop over the table sees: it pairs each name with the codec of that very field. */
type AnyField = readonly [string, FieldType<unknown>]

/** As many of the first `nodes`, one at least, as one `nodes` message carries: a responder leaves out the rest. */
export function nodesThatFit(nodes: readonly (TreeNode | undefined)[]): readonly (TreeNode | undefined)[] {
  let bytes = 0
  const end = nodes.findIndex((each, i) => (bytes += sizeOf(each)) > MAX_FRAME_BYTES - ROOM && i > 0)
  return end < 0 ? nodes : nodes.slice(0, end)
}

/** A message as the CBOR array [tag, argument, …]. */
export function encodeSyncMessage(message: SyncMessage): Uint8Array {
  const { tag, fields } = MESSAGES[message.type]
  const values = message as unknown as Record<string, unknown>
  return encodeCbor([
    tag,
    ...(fields as readonly AnyField[]).map(([name, type]) => type.encode(values[name])),
  ])
}

/** @throws SyncError SYNC_MALFORMED; EncodingError */
export function decodeSyncMessage(bytes: Uint8Array): SyncMessage {
  const parts = asArray(
    decodeCbor(bytes, { maxBytes: MAX_FRAME_BYTES, maxDepth: 6, maxItems: 262_144 }),
    'message',
  )
  const entry = Object.entries(MESSAGES).find(([, codec]) => codec.tag === parts[0])
  if (entry === undefined || parts.length !== entry[1].fields.length + 1) {
    throw new SyncError('SYNC_MALFORMED', 'expected a message of a known kind')
  }
  const [type, { fields }] = entry
  const decoded = (fields as readonly AnyField[]).map(([name, codec], i) => [
    name,
    codec.decode(parts[i + 1] ?? null, name),
  ])
  return { type, ...Object.fromEntries(decoded) } as SyncMessage
}

/** The most bytes that a node takes: 34 for an id; 56 for a child's label, count and digest; its own head. */
function sizeOf(value: TreeNode | undefined): number {
  if (value === undefined) return 1
  return 5 + (value.kind === 'leaf' ? 34 * value.ids.length : 56 * value.children.length)
}

/** A tree path: a whole number of its steps, the root being the empty one. */
function pathText(): FieldType<string> {
  return {
    encode: (value) => value,
    decode(value) {
      if (typeof value === 'string' && PATH.test(value)) return value
      throw new SyncError('SYNC_MALFORMED', 'expected the path of a node')
    },
  }
}

function pair<A, B, T>(
  first: FieldType<A>,
  second: FieldType<B>,
  join: (a: A, b: B) => T,
  split: (value: T) => readonly [A, B],
): FieldType<T> {
  return {
    encode(value) {
      const [a, b] = split(value)
      return [first.encode(a), second.encode(b)]
    },
    decode(value: CborValue, path) {
      const parts = asArray(value, path)
      if (parts.length !== 2) throw new SyncError('SYNC_MALFORMED', `${path}: expected a pair`)
      return join(first.decode(parts[0] ?? null, path), second.decode(parts[1] ?? null, path))
    },
  }
}
