import { type ClientOptions, WebSocket } from 'ws'
import { NetworkError } from './errors.ts'
import type { Pipe, PipeEnd } from './piped-connection.ts'

/** Bytes of one message. Noise writes frames of so many, which may wait together. */
export const MAX_MESSAGE_BYTES: number = 64 * 1024

/** What both ends of a WebSocket are set to. */
export const SOCKET_OPTIONS: Pick<ClientOptions, 'perMessageDeflate' | 'maxPayload' | 'autoPong'> = {
  // Everything on it is encrypted: there is nothing to compress.
  perMessageDeflate: false,
  // The library would take 100 MiB from a stranger.
  maxPayload: MAX_MESSAGE_BYTES,
  // Answers pile up for a peer that asks and does not read. Yamux has pings of its own.
  autoPong: false,
}

/** Bytes that may wait in a socket, as with a TCP socket that is asked to hold a few Noise frames. */
const HIGH_WATER_BYTES = 256 * 1024
const NORMAL_CLOSURE = 1000

/** An open WebSocket as a pipe: each send is one binary message. */
export function pipeOf(socket: WebSocket, end: PipeEnd): Pipe {
  let isFull = false
  // A fault closes the socket by itself.
  let fault: Error | undefined
  socket.on('error', (error) => (fault = error))
  socket.on('close', () => end.ended(fault))
  socket.on('message', (data, isBinary) => {
    if (isBinary && data instanceof Uint8Array) end.data(data)
    else end.ended(new NetworkError('FRAME_MALFORMED', 'expected binary messages'))
  })

  function sent(): void {
    if (!isFull || socket.bufferedAmount > HIGH_WATER_BYTES / 2) return
    isFull = false
    end.drained()
  }

  return {
    send(bytes) {
      socket.send(bytes.subarray(), sent)
      isFull = socket.bufferedAmount > HIGH_WATER_BYTES
      return !isFull
    },
    async close(signal) {
      if (socket.readyState === WebSocket.CLOSED) return
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      const stop = (): void => socket.terminate()
      signal?.addEventListener('abort', stop, { once: true })
      socket.close(NORMAL_CLOSURE)
      await closed
      signal?.removeEventListener('abort', stop)
    },
    reset: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  }
}
