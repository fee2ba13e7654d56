import {
  asArray,
  bytesOf,
  bytesUpTo,
  decodeCbor,
  encodeCbor,
  type FieldType,
  listOf,
  textUpTo,
  uint,
  uintUpTo,
} from '../encoding/index.ts'
import { SHORT_ID_BYTES } from '../sync/cells.ts'
import { MAC_KEY_BYTES } from '../sync/chaskey.ts'
import { MAX_CELL_PATHS } from '../sync/compare-sets.ts'
import { MAX_RUN } from '../sync/exchange-cells.ts'
import { ID_BYTES } from '../sync/joined-ids.ts'
import { MAX_QUESTIONS } from '../sync/locate.ts'
import { SyncError } from '../sync/sync-error.ts'
import { type TreeNode } from '../sync/tree.ts'
import { apartPaths, flag, hello, item, multiples, node, type Place, places, sizeOf } from './sync-fields.ts'
import { MAX_FRAME_BYTES, type SyncMessage } from './sync-message.ts'

/** Ids in one `want`, short ids in one `pick`, paths in one `fetch`; items in one message; log hashes, and headers, in one answer. */
export const MAX_WANTED: number = 16_384
export const MAX_PICKED: number = 131_072
export const MAX_FETCHED = 1024
export const MAX_ITEMS = 1024
export const MAX_LOG_HASHES: number = 16_384
export const MAX_SYNC_HEADERS = 1024
/** Headers that one message asks for, with what hangs below them. */
export const MAX_GAPS = 64
/** Bytes of a `pack`, and of what it inflates to. */
export const MAX_PACK_FRAME: number = MAX_FRAME_BYTES - 16
export const MAX_PACK_BYTES: number = 8 * 1024 * 1024
/** Sums of a cell with the longest count. */
const MAX_CELL_BYTES = 21
/** For the head of a `nodes` message. */
const ROOM = 16

/** Tag of each message type on the wire, with the codec of its arguments. */
const MESSAGES: { readonly [T in SyncMessage['type']]: Codec<Extract<SyncMessage, { type: T }>> } = {
  hello: { tag: 0, fields: [['hello', hello]] },
  same: { tag: 1, fields: [] },
  refused: { tag: 2, fields: [['code', textUpTo(64)]] },
  ask: { tag: 3, fields: [['paths', apartPaths(MAX_QUESTIONS, 1)]] },
  nodes: { tag: 4, fields: [['nodes', listOf(node, MAX_QUESTIONS, 1)]] },
  cells: {
    tag: 5,
    fields: [
      ['count', uintUpTo(MAX_RUN, 1)],
      ['paths', apartPaths(MAX_CELL_PATHS)],
    ],
  },
  run: {
    tag: 6,
    fields: [
      ['key', bytesOf(MAC_KEY_BYTES)],
      ['ids', uintUpTo(2 ** 31 - 1)],
      ['cells', bytesUpTo(MAX_RUN * MAX_CELL_BYTES)],
    ],
  },
  want: { tag: 7, fields: [['ids', multiples(ID_BYTES, MAX_WANTED)]] },
  pick: { tag: 8, fields: [['shortIds', multiples(SHORT_ID_BYTES, MAX_PICKED)]] },
  fetch: { tag: 9, fields: [['paths', apartPaths(MAX_FETCHED, 1)]] },
  recent: { tag: 10, fields: [] },
  items: {
    tag: 11,
    fields: [
      ['more', flag],
      ['items', listOf(item, MAX_ITEMS)],
    ],
  },
  taken: { tag: 12, fields: [] },
  log: { tag: 13, fields: [['from', uint]] },
  hashes: { tag: 14, fields: [['hashes', listOf(bytesOf(32), MAX_LOG_HASHES)]] },
  headers: { tag: 15, fields: [['hashes', multiples(ID_BYTES, MAX_GAPS)]] },
  pack: { tag: 16, fields: [['frame', bytesUpTo(MAX_PACK_FRAME, 1)]] },
}

interface Codec<M> {
  readonly tag: number
  readonly fields: readonly Place<Omit<M, 'type'>>[]
}

/** As many of the first `nodes`, one at least, as one `nodes` message carries: a responder leaves out the rest. */
export function nodesThatFit(nodes: readonly (TreeNode | undefined)[]): readonly (TreeNode | undefined)[] {
  let bytes = 0
  const end = nodes.findIndex((each, i) => (bytes += sizeOf(each)) > MAX_FRAME_BYTES - ROOM && i > 0)
  return end < 0 ? nodes : nodes.slice(0, end)
}

/** A message as the CBOR array [tag, argument, …]. */
export function encodeSyncMessage(message: SyncMessage): Uint8Array {
  const { tag, args } = codecOf(message.type)
  return encodeCbor([tag, ...asArray(args.encode(message), 'message')])
}

/** @throws SyncError SYNC_MALFORMED; EncodingError */
export function decodeSyncMessage(bytes: Uint8Array): SyncMessage {
  const [tag, ...values] = asArray(
    decodeCbor(bytes, { maxBytes: MAX_FRAME_BYTES, maxDepth: 6, maxItems: 262_144 }),
    'message',
  )
  const entry = Object.entries(MESSAGES).find(([, codec]) => codec.tag === tag)
  if (entry === undefined) throw new SyncError('SYNC_MALFORMED', 'expected a message of a known kind')
  const type = entry[0] as SyncMessage['type']
  return { type, ...codecOf(type).args.decode(values, type) } as SyncMessage
}

function codecOf(type: SyncMessage['type']): { readonly tag: number; readonly args: FieldType<object> } {
  const { tag, fields } = MESSAGES[type]
  return { tag, args: places<object>(...(fields as readonly never[])) }
}
