import type {
  ComponentLogger,
  Connection,
  MultiaddrConnection,
  Stream,
  Transport,
  Upgrader,
} from '@libp2p/interface'
import { transportSymbol } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { NetworkError } from './errors.ts'
import { connectionOver } from './piped-connection.ts'
import { isRelayed, splitRelayed } from './relay-address.ts'
import { readAnswer, RELAY_PROTOCOL, writePeer } from './relay-messages.ts'

/** What libp2p gives to a transport, as far as relayed connections need it. */
export interface RelayTransportComponents {
  readonly logger: ComponentLogger
  readonly upgrader: Upgrader
  readonly connectionManager: {
    openConnection(address: Multiaddr, options: { readonly signal: AbortSignal }): Promise<Connection>
  }
}

/** Connections over streams through a relay. */
export interface RelayTransport {
  /** To be given to libp2p. Dials addresses through relays, and listens on none. */
  readonly transport: (components: RelayTransportComponents) => Transport
  /** Takes a connection that a relay announced. Whoever is at its other end has to prove its membership on it. */
  accept(stream: Stream, from: Multiaddr, signal: AbortSignal): Promise<void>
}

export function createRelayTransport(): RelayTransport {
  let held: RelayTransportComponents | undefined
  const components = (): RelayTransportComponents => {
    if (held === undefined) throw new NetworkError('NETWORK_CLOSED', 'the host has not been made yet')
    return held
  }
  const over = (
    stream: Stream,
    remoteAddr: Multiaddr,
    direction: 'inbound' | 'outbound',
  ): MultiaddrConnection =>
    connectionOver((end) => pipeOf(stream, end), {
      remoteAddr,
      direction,
      log: components().logger.forComponent('intelmesh:relayed'),
    })

  async function openStream(address: Multiaddr, signal: AbortSignal): Promise<Stream> {
    const { relay, target } = splitRelayed(address)
    const connection = await components().connectionManager.openConnection(relay, { signal })
    const stream = await connection.newStream([RELAY_PROTOCOL], { signal })
    try {
      await writePeer(stream, target, signal)
      await readAnswer(stream, signal)
      return stream
    } catch (fault) {
      stream.abort(fault as Error)
      throw fault
    }
  }

  const transport: Transport = {
    [transportSymbol]: true,
    [Symbol.toStringTag]: 'intelmesh-relay',
    async dial(address, options) {
      const stream = await openStream(address, options.signal)
      return options.upgrader.upgradeOutbound(over(stream, address, 'outbound'), options)
    },
    createListener() {
      throw new NetworkError('LISTEN_FAILED', 'a place at a relay is taken once the relay is connected')
    },
    listenFilter: () => [],
    dialFilter: (addresses) => addresses.filter(isRelayed),
  }
  return {
    transport(given) {
      held = given
      return transport
    },
    accept: (stream, from, signal) =>
      components().upgrader.upgradeInbound(over(stream, from, 'inbound'), { signal }),
  }
}

function pipeOf(stream: Stream, end: Parameters<Parameters<typeof connectionOver>[0]>[0]) {
  stream.addEventListener('message', ({ data }) => end.data(data))
  stream.addEventListener('drain', () => end.drained())
  stream.addEventListener('close', ({ error }) => end.ended(error))
  stream.addEventListener('end', () => void stream.close().catch((fault: Error) => stream.abort(fault)))
  return {
    send: (bytes: Parameters<Stream['send']>[0]) => stream.send(bytes),
    close: (signal: AbortSignal | undefined) => stream.close(signal === undefined ? {} : { signal }),
    reset: () => stream.abort(new NetworkError('STREAM_CLOSED', 'the connection over it was cut')),
    pause: () => stream.pause(),
    resume: () => stream.resume(),
  }
}
