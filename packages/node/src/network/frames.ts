import type { Stream } from '@libp2p/interface'
import { MAX_FRAME_BYTES } from '@intelmesh/protocol'
import { createByteReader } from './byte-reader.ts'
import { NetworkError } from './errors.ts'
import type { FrameChannel, PeerIdentity } from './interface.ts'
import { PREFIX_BYTES, readBody, readLength, writePrefixed } from './length-prefix.ts'
import type { NetworkSettings } from './settings.ts'
import { deflateFrame, inflateFrame, maxDeflated } from './zstd.ts'

export type FrameSettings = Pick<
  NetworkSettings,
  'answerMs' | 'frameMs' | 'minFrameRate' | 'sessionGraceMs' | 'minSessionRate' | 'maxSessionMs'
>

/** What waits unread before the peer is held back. */
const HIGH_WATER_BYTES = 64 * 1024

/**
 * Cuts a stream into frames, each a length and one zstd frame. Neither side waits for ever: a frame takes a bounded
 * time, and a session that trickles ends.
 *
 * @see docs/spec/wire.md, "Frames"
 */
export function createFrameChannel(
  stream: Stream,
  peer: PeerIdentity,
  settings: FrameSettings,
): FrameChannel {
  const reader = createByteReader(stream, HIGH_WATER_BYTES)
  const openedAt = Date.now()
  const bytes = { sent: 0, received: 0 }

  function assertPace(): void {
    const ms = Date.now() - openedAt
    if (ms > settings.maxSessionMs) {
      throw new NetworkError('STREAM_TIMEOUT', `a session takes ${settings.maxSessionMs} ms at most`)
    }
    if (ms > settings.sessionGraceMs && bytes.sent + bytes.received < (ms / 1000) * settings.minSessionRate) {
      throw new NetworkError(
        'STREAM_TIMEOUT',
        `expected ${settings.minSessionRate} bytes a second over the session`,
      )
    }
  }

  /** The time that so many bytes may take, counted from now. */
  const deadline = (count: number): AbortSignal =>
    AbortSignal.timeout(settings.frameMs + Math.ceil((count / settings.minFrameRate) * 1000))

  async function send(frame: Uint8Array): Promise<void> {
    if (frame.length > MAX_FRAME_BYTES) {
      throw new NetworkError(
        'FRAME_TOO_LARGE',
        `expected at most ${MAX_FRAME_BYTES} bytes, got ${frame.length}`,
      )
    }
    const deflated = deflateFrame(frame)
    await orAbort(async () => {
      assertPace()
      await writePrefixed(stream, deflated, deadline(deflated.length))
    })
    bytes.sent += PREFIX_BYTES + deflated.length
  }

  async function receive(): Promise<Uint8Array | undefined> {
    return orAbort(async () => {
      assertPace()
      const length = await readLength(
        reader,
        maxDeflated(MAX_FRAME_BYTES),
        AbortSignal.timeout(settings.answerMs),
      )
      if (length === undefined) return undefined
      const deflated = await readBody(reader, length, deadline(length))
      bytes.received += PREFIX_BYTES + length
      return inflateFrame(deflated, MAX_FRAME_BYTES)
    })
  }

  /** Resets the stream on any fault: nothing that comes after it can be trusted to be whole. */
  async function orAbort<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const fault = asNetworkError(error)
      stream.abort(fault)
      throw fault
    }
  }

  async function dispose(): Promise<void> {
    const signal = deadline(0)
    // The peer may never close its side; the stream then counts against it until it is reset.
    const reset = (): void => stream.abort(new NetworkError('STREAM_CLOSED', 'the session is over'))
    signal.addEventListener('abort', reset, { once: true })
    stream.addEventListener('close', () => signal.removeEventListener('abort', reset), { once: true })
    await stream.close({ signal }).catch(reset)
    await stream.closeRead({ signal }).catch(reset)
  }

  return {
    peer,
    bytes,
    send,
    receive,
    abort: () => stream.abort(new NetworkError('STREAM_CLOSED', 'the session was broken off')),
    [Symbol.asyncDispose]: dispose,
  }
}

function asNetworkError(error: unknown): NetworkError {
  if (error instanceof NetworkError) return error
  const isTimeout = error instanceof DOMException && error.name === 'TimeoutError'
  return isTimeout
    ? new NetworkError('STREAM_TIMEOUT', 'the peer made no progress', { cause: error })
    : new NetworkError('STREAM_CLOSED', 'the stream broke off', { cause: error })
}
