import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import {
  type Listener,
  type ListenerEvents,
  type Logger,
  TypedEventEmitter,
  type Upgrader,
} from '@libp2p/interface'
import { getNetConfig, getThinWaistAddresses, ipPortToMultiaddr } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { type WebSocket, WebSocketServer } from 'ws'
import { NetworkError } from './errors.ts'
import { connectionOver } from './piped-connection.ts'
import type { NetworkSettings } from './settings.ts'
import type { UnprovenLimits } from './unproven.ts'
import { MAX_MESSAGE_BYTES, pipeOf, SOCKET_OPTIONS } from './web-socket-pipe.ts'

export interface ListenerComponents {
  readonly upgrader: Upgrader
  readonly unproven: Pick<UnprovenLimits, 'takeHost'>
  readonly log: Logger
}

const MAX_HEADER_BYTES = 8 * 1024

/**
 * Listens for WebSockets. Until it has become one, a socket has no more time and no more places for its host than a
 * stranger's connection has later. A host is who holds the other end of the socket: headers that say who is behind a
 * proxy are not read, since anybody can write them.
 */
export function createWebSocketListener(
  { upgrader, unproven, log }: ListenerComponents,
  settings: Pick<NetworkSettings, 'handshakeMs'>,
): Listener {
  const stopping = new AbortController()
  const sockets = new Set<Socket>()
  const asking = new WeakMap<object, () => void>()
  const webSockets = new WebSocketServer({ ...SOCKET_OPTIONS, noServer: true, clientTracking: false })
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES })
  server.on('request', (_request, response) => response.writeHead(426, { connection: 'close' }).end())
  server.on('connection', (socket) => {
    const address = addressOf(socket)
    const free = address && unproven.takeHost(address)
    if (free === undefined) return void socket.destroy()
    const timer = setTimeout(() => socket.destroy(), settings.handshakeMs)
    const done = (): void => {
      clearTimeout(timer)
      free()
    }
    asking.set(socket, done)
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      done()
    })
  })
  server.on('upgrade', (request, _duplex, head) => {
    const { socket } = request
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      asking.get(socket)?.()
      upgrade(webSocket, socket)
    })
  })

  function upgrade(webSocket: WebSocket, socket: Socket): void {
    const address = addressOf(socket)
    if (address === undefined) return webSocket.terminate()
    const connection = connectionOver((end) => pipeOf(webSocket, end), {
      remoteAddr: address.encapsulate('/ws'),
      direction: 'inbound',
      maxMessageSize: MAX_MESSAGE_BYTES,
      log,
    })
    void upgrader
      .upgradeInbound(connection, { signal: stopping.signal })
      .catch((fault: Error) => connection.abort(fault))
  }

  let listeningOn: Multiaddr | undefined
  const events = new TypedEventEmitter<ListenerEvents>()
  return Object.assign(events, {
    async listen(address: Multiaddr) {
      const { host, port, type } = getNetConfig(address)
      await listen(server, { host, port: port ?? 0, ipv6Only: type === 'ip6' })
      listeningOn = address
      events.safeDispatchEvent('listening')
    },
    getAddrs() {
      const port = (server.address() as AddressInfo | null)?.port
      if (listeningOn === undefined || port === undefined) return []
      return getThinWaistAddresses(listeningOn, port).map((address) => address.encapsulate('/ws'))
    },
    updateAnnounceAddrs() {},
    async close() {
      stopping.abort(new NetworkError('NETWORK_CLOSED', 'this node stops'))
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      events.safeDispatchEvent('close')
    },
  })
}

/** None once the socket is closed. */
function addressOf({ remoteAddress, remotePort }: Socket): Multiaddr | undefined {
  return remoteAddress === undefined || remotePort === undefined
    ? undefined
    : ipPortToMultiaddr(remoteAddress, remotePort)
}

function listen(server: Server, options: { host: string; port: number; ipv6Only: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
