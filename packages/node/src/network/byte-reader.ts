import type { MessageStream, Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { NetworkError } from './errors.ts'

/** Reads a libp2p stream in pieces of a wanted size, and pauses the sender while too much waits. */
export interface ByteReader {
  /**
   * The next `count` bytes, in memory of their own, or `undefined` when the stream ended before the first of them.
   * One call at a time.
   *
   * @throws NetworkError STREAM_CLOSED when the stream breaks off; the reason of `signal`
   */
  read(count: number, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Gives the stream, and what is unread, back to whoever reads it next. */
  release(): void
}

/** Takes over the reading end of `stream`. It holds little more than `highWaterBytes`, or what a single read wants. */
export function createByteReader(stream: MessageStream, highWaterBytes: number): ByteReader {
  const buffer = new Uint8ArrayList()
  let wanted = 0
  let wake: () => void = () => {}
  let fault: Error | undefined

  const onMessage = ({ data }: { data: Uint8Array | Uint8ArrayList }): void => {
    buffer.append(data)
    steer()
    wake()
  }
  const onEnd = (): void => wake()
  const onClose = ({ error }: { error?: Error | undefined }): void => {
    fault ??= error
    wake()
  }
  stream.addEventListener('message', onMessage)
  stream.addEventListener('end', onEnd)
  stream.addEventListener('close', onClose)

  /** Pauses and resumes the sender. A stream whose reading end is closed takes neither. */
  function steer(): void {
    const isFull = buffer.byteLength > Math.max(highWaterBytes, wanted)
    const { readStatus } = stream as Partial<Pick<Stream, 'readStatus'>>
    if (isFull && readStatus === 'readable') stream.pause()
    if (!isFull && readStatus === 'paused') stream.resume()
  }

  const hasEnded = (): boolean =>
    stream.readableEnded ||
    (stream.status !== 'open' && stream.status !== 'closing' && stream.readBufferLength === 0)

  async function read(count: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    wanted = count
    while (buffer.byteLength < count) {
      signal.throwIfAborted()
      if (fault !== undefined)
        throw new NetworkError('STREAM_CLOSED', 'the peer broke the stream off', { cause: fault })
      steer()
      if (hasEnded() && buffer.byteLength < count) {
        if (buffer.byteLength === 0) return undefined
        throw new NetworkError(
          'STREAM_CLOSED',
          `expected ${count} bytes, the stream ended after ${buffer.byteLength}`,
        )
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        signal.addEventListener('abort', wake, { once: true })
      })
      signal.removeEventListener('abort', wake)
    }
    const bytes = buffer.slice(0, count)
    buffer.consume(count)
    wanted = 0
    steer()
    return bytes
  }

  function release(): void {
    stream.removeEventListener('message', onMessage)
    stream.removeEventListener('end', onEnd)
    stream.removeEventListener('close', onClose)
    if (buffer.byteLength > 0) stream.unshift(buffer)
  }

  return { read, release }
}
