import {
  concatBytes,
  decodeSyncMessage,
  encodeSyncMessage,
  MAX_PACK_BYTES,
  MAX_PACK_FRAME,
  SyncError,
  type SyncItem,
  type SyncMessage,
} from '@intelmesh/protocol'
import { deflateAside, inflateAside } from '../network/index.ts'
import type { ItemStream } from './item-stream.ts'

/** Bytes of the length before each message in a pack. */
const LENGTH_BYTES = 4
/** What has waited for so long, in ms, goes as it is: a busy node shows that it gets on, and its peer has something to do. */
const WAITING_MS = 5_000
/** Less is not worth a pack: the frame that it travels in is compressed as well. */
const FEW_BYTES = 256 * 1024

/**
 * A stream as messages: packed as long as there is much of it. Records of one feed are much alike, and a frame of a megabyte would say so anew
 * each time.
 *
 * @param clock ms, from any start
 * @see docs/spec/reconciliation.md, "Transfer"
 */
export async function* packStream(
  stream: ItemStream,
  clock = (): number => performance.now(),
): AsyncGenerator<SyncMessage> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  let since = clock()
  for await (const { items } of stream) {
    const message = encodeSyncMessage({ type: 'items', more: true, items })
    if (
      bytes + LENGTH_BYTES + message.length > MAX_PACK_BYTES ||
      (bytes > 0 && clock() - since > WAITING_MS)
    ) {
      // What is packed is let go before the peer takes the pack, however slowly.
      const packed = packOf(waiting, bytes)
      waiting = []
      bytes = 0
      yield* await packed
      since = clock()
    }
    waiting.push(message)
    bytes += LENGTH_BYTES + message.length
  }
  const packed = packOf(waiting, bytes)
  waiting = []
  yield* await packed
}

/** The items of a pack, message by message. @throws SyncError SYNC_MALFORMED; NetworkError FRAME_MALFORMED, FRAME_TOO_LARGE */
export async function* unpack(frame: Uint8Array): AsyncGenerator<readonly SyncItem[]> {
  const content = await inflateAside(frame, MAX_PACK_BYTES)
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  for (let at = 0; at < content.length;) {
    const length = at + LENGTH_BYTES <= content.length ? view.getUint32(at) : Infinity
    const end = at + LENGTH_BYTES + length
    const message =
      end <= content.length ? decodeSyncMessage(content.subarray(at + LENGTH_BYTES, end)) : undefined
    if (message?.type !== 'items')
      throw new SyncError('SYNC_MALFORMED', 'expected messages of items in a pack')
    yield message.items
    at = end
  }
}

/** One pack of some messages, or these themselves, where they are few or do not fit into a frame. */
async function packOf(messages: readonly Uint8Array[], bytes: number): Promise<readonly SyncMessage[]> {
  const frame =
    bytes > FEW_BYTES && messages.length > 1
      ? await deflateAside(concatBytes(...messages.flatMap(prefixed)))
      : undefined
  return frame !== undefined && frame.length <= MAX_PACK_FRAME
    ? [{ type: 'pack', frame }]
    : messages.map((message) => decodeSyncMessage(message))
}

function prefixed(message: Uint8Array): readonly Uint8Array[] {
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, message.length)
  return [length, message]
}
