import type { MessageStream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { NetworkError } from './errors.ts'

/** Bytes that may wait in a stream: enough to keep a link busy. */
const HIGH_WATER_BYTES = 256 * 1024

/**
 * Writes `bytes` in one piece, since each piece is framed and encrypted by itself, and waits until little waits to be
 * sent. libp2p's own `onDrain` waits only the first time that it is
 * called on a stream, so the length of the queue is what counts here.
 *
 * @throws NetworkError STREAM_CLOSED; the reason of `signal`
 */
export async function writeBytes(
  stream: MessageStream,
  bytes: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  sendOn(stream, new Uint8ArrayList(...bytes))
  while (stream.writeBufferLength > HIGH_WATER_BYTES) {
    signal.throwIfAborted()
    await nextChange(stream, signal)
    if (stream.status !== 'open') throw closed()
  }
}

function sendOn(stream: MessageStream, bytes: Uint8ArrayList): void {
  try {
    stream.send(bytes)
  } catch (cause) {
    throw closed(cause)
  }
}

async function nextChange(stream: MessageStream, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const wake = (): void => resolve()
  for (const type of ['drain', 'idle', 'close'] as const) stream.addEventListener(type, wake)
  signal.addEventListener('abort', wake)
  await promise
  for (const type of ['drain', 'idle', 'close'] as const) stream.removeEventListener(type, wake)
  signal.removeEventListener('abort', wake)
}

function closed(cause?: unknown): NetworkError {
  return new NetworkError('STREAM_CLOSED', 'the stream is closed', { cause })
}
