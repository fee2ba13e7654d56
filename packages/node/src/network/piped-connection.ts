import type { AbortOptions, Logger, MultiaddrConnection } from '@libp2p/interface'
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Uint8ArrayList } from 'uint8arraylist'

/** Something that carries bytes both ways and is to serve as a connection: a WebSocket, or a stream through a relay. */
export interface Pipe {
  /** Whether there is room for more; if not, {@link PipeEnd.drained} follows. */
  send(bytes: Uint8ArrayList): boolean
  /** Sends what waits, then closes. */
  close(signal: AbortSignal | undefined): Promise<void>
  reset(): void
  pause(): void
  resume(): void
}

/** What a pipe tells the connection over it. */
export interface PipeEnd {
  data(bytes: Uint8Array | Uint8ArrayList): void
  drained(): void
  ended(fault?: Error): void
}

export interface PipedOptions {
  readonly remoteAddr: Multiaddr
  readonly direction: 'inbound' | 'outbound'
  readonly log: Logger
  /** Bytes that {@link Pipe.send} is given at once, at most. */
  readonly maxMessageSize?: number
}

/** A raw connection over a pipe, as a socket is one for TCP: encrypter, muxer and limits come on top as they do there. */
export function connectionOver(open: (end: PipeEnd) => Pipe, options: PipedOptions): MultiaddrConnection {
  return new PipedConnection(open, options)
}

class PipedConnection extends AbstractMultiaddrConnection {
  readonly #pipe: Pipe

  constructor(open: (end: PipeEnd) => Pipe, options: PipedOptions) {
    super(options)
    this.#pipe = open({
      data: (bytes) => this.onData(bytes),
      drained: () => this.safeDispatchEvent('drain'),
      ended: (fault) => this.onTransportClosed(fault),
    })
  }

  sendData(bytes: Uint8ArrayList): SendResult {
    const sentBytes = bytes.byteLength
    return { sentBytes, canSendMore: this.#pipe.send(bytes) }
  }

  async sendClose({ signal }: AbortOptions = {}): Promise<void> {
    await this.#pipe.close(signal)
  }

  sendReset(): void {
    this.#pipe.reset()
  }

  sendPause(): void {
    this.#pipe.pause()
  }

  sendResume(): void {
    this.#pipe.resume()
  }
}
