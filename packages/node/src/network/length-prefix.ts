import type { MessageStream } from '@libp2p/interface'
import type { ByteReader } from './byte-reader.ts'
import { writeBytes } from './byte-writer.ts'
import { NetworkError } from './errors.ts'

/** Bytes of a length: an unsigned number, big endian. */
export const PREFIX_BYTES = 4

/**
 * Writes `bytes` after their length.
 *
 * @throws NetworkError STREAM_CLOSED; the reason of `signal`
 * @see docs/spec/wire.md, "Frames"
 */
export async function writePrefixed(
  stream: MessageStream,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const prefix = new Uint8Array(PREFIX_BYTES)
  new DataView(prefix.buffer).setUint32(0, bytes.length)
  await writeBytes(stream, [prefix, bytes], signal)
}

/**
 * Reads the length of what comes next, or `undefined` at the end of the stream.
 *
 * @throws NetworkError FRAME_TOO_LARGE beyond `maxBytes`, before any of it is read; STREAM_CLOSED; the reason of `signal`
 */
export async function readLength(
  reader: ByteReader,
  maxBytes: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const prefix = await reader.read(PREFIX_BYTES, signal)
  if (prefix === undefined) return undefined
  const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0)
  if (length > maxBytes)
    throw new NetworkError('FRAME_TOO_LARGE', `expected at most ${maxBytes} bytes, got ${length}`)
  return length
}

/** The whole of the bytes that {@link readLength} announced. @throws NetworkError STREAM_CLOSED; the reason of `signal` */
export async function readBody(reader: ByteReader, length: number, signal: AbortSignal): Promise<Uint8Array> {
  const body = await reader.read(length, signal)
  if (body === undefined)
    throw new NetworkError('STREAM_CLOSED', `expected ${length} bytes, the stream ended`)
  return body
}
