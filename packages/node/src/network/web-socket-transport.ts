import type { ComponentLogger, Transport } from '@libp2p/interface'
import { transportSymbol } from '@libp2p/interface'
import { CODE_TCP, CODE_TLS, CODE_WS, CODE_WSS, type Multiaddr } from '@multiformats/multiaddr'
import { WebSocket } from 'ws'
import { NetworkError } from './errors.ts'
import { connectionOver } from './piped-connection.ts'
import type { NetworkSettings } from './settings.ts'
import type { UnprovenLimits } from './unproven.ts'
import { isRelayed } from './relay-address.ts'
import { createWebSocketListener } from './web-socket-listener.ts'
import { MAX_MESSAGE_BYTES, pipeOf, SOCKET_OPTIONS } from './web-socket-pipe.ts'

/**
 * WebSockets for members who can only go out by HTTP ports. The channel on top is the same as over TCP, so the socket
 * may be plain; where it is `wss`, whoever ends TLS is no more than a part of the wire.
 *
 * @see docs/spec/wire.md, "Transports"
 */
export function webSocketTransport(
  unproven: UnprovenLimits,
  settings: Pick<NetworkSettings, 'handshakeMs'>,
): (components: { readonly logger: ComponentLogger }) => Transport {
  return ({ logger }) => ({
    [transportSymbol]: true,
    [Symbol.toStringTag]: 'intelmesh-web-socket',
    async dial(address, options) {
      const socket = await open(urlOf(address), options.signal)
      const connection = connectionOver((end) => pipeOf(socket, end), {
        remoteAddr: address,
        direction: 'outbound',
        maxMessageSize: MAX_MESSAGE_BYTES,
        log: logger.forComponent('intelmesh:web-socket'),
      })
      return options.upgrader.upgradeOutbound(connection, options)
    },
    createListener: ({ upgrader }) =>
      createWebSocketListener(
        { upgrader, unproven, log: logger.forComponent('intelmesh:web-socket') },
        settings,
      ),
    // This node ends no TLS by itself.
    listenFilter: (addresses) => addresses.filter((address) => isWebSocket(address) && !isSecure(address)),
    dialFilter: (addresses) => addresses.filter(isWebSocket),
  })
}

const has = (address: Multiaddr, wanted: number): boolean =>
  address.getComponents().some(({ code }) => code === wanted)

function isWebSocket(address: Multiaddr): boolean {
  return (has(address, CODE_WS) || has(address, CODE_WSS)) && !isRelayed(address)
}

function isSecure(address: Multiaddr): boolean {
  return has(address, CODE_WSS) || has(address, CODE_TLS)
}

/** The URL that an address stands for. @throws NetworkError DIAL_FAILED */
function urlOf(address: Multiaddr): string {
  const [host, port] = address.getComponents()
  if (host?.value === undefined || port?.value === undefined || port.code !== CODE_TCP)
    throw new NetworkError('DIAL_FAILED', `expected /…/tcp/PORT/ws, got ${address.toString()}`)
  const name = host.value.includes(':') ? `[${host.value}]` : host.value
  return `${isSecure(address) ? 'wss' : 'ws'}://${name}:${port.value}`
}

function open(url: string, signal: AbortSignal): Promise<WebSocket> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { ...SOCKET_OPTIONS, followRedirects: false })
    const stop = (): void => socket.terminate()
    signal.addEventListener('abort', stop, { once: true })
    socket.once('open', () => {
      signal.removeEventListener('abort', stop)
      socket.off('error', reject)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}
