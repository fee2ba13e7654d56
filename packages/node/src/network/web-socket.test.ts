import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { codeOf } from '@intelmesh/protocol'
import { describe, expect, it, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../../../../test/support/eventually.ts'
import { type Roster, startTestNode, type TestNodeOptions } from '../../../../test/support/network/mesh.ts'
import { createWebSocketListener } from './web-socket-listener.ts'
import { MAX_MESSAGE_BYTES } from './web-socket-pipe.ts'
import { webSocketTransport } from './web-socket-transport.ts'

const WS = ['/ip4/127.0.0.1/tcp/0/ws']
const signal = (): AbortSignal => AbortSignal.timeout(10_000)

/** One that listens for WebSockets, and one that listens nowhere. */
async function startTwo(options: Partial<TestNodeOptions> = {}) {
  const roster: Roster = new Map()
  await using starting = new AsyncDisposableStack()
  const inside = starting.use(await startTestNode({ ...options, roster, seed: 1, listen: WS }))
  const outside = starting.use(await startTestNode({ ...options, roster, seed: 2, listen: [] }))
  const started = starting.move()
  return { roster, inside, outside, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

/** The TCP port in a multiaddr. */
const portOf = (address: string): number => Number(address.split('/')[4])

describe(webSocketTransport, () => {
  it('carries gossip and sessions between members', async () => {
    const frame = new Uint8Array(randomBytes(1_000_000))
    await using mesh = await startTwo({
      async onSync(channel) {
        await channel.send((await channel.receive()) ?? new Uint8Array())
      },
    })
    const { inside, outside } = mesh
    expect(inside.address).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/ws\/p2p\//)
    await outside.network.dial(inside.address, signal())
    await using channel = await outside.network.openSync(inside.node, signal())
    await channel.send(frame)
    expect(await channel.receive()).toEqual(frame)
    for (const { network } of [inside, outside]) network.subscribe('green')
    let count = 0
    await eventually(async () => {
      await inside.network.publish('green', Uint8Array.of(count++), { urgent: true })
      expect(outside.received.map(({ from }) => from)).toContain(inside.node)
    })
  })

  it('works through a proxy that passes bytes on', async () => {
    await using mesh = await startTwo()
    await using proxy = await startProxy(portOf(mesh.inside.address))
    const through = mesh.inside.address.replace(/tcp\/\d+/, `tcp/${proxy.port}`)
    expect((await mesh.outside.network.dial(through, signal())).node).toBe(mesh.inside.node)
    expect(mesh.inside.network.peers()[0]?.address).toContain('/ip4/127.0.0.1/')
  })

  it('proves membership as everywhere', async () => {
    await using mesh = await startTwo()
    const { roster, inside } = mesh
    await using stranger = await startTestNode({ roster, seed: 3, isStranger: true, listen: [] })
    expect(await stranger.network.dial(inside.address, signal()).catch(codeOf)).toBe('NOT_ADMITTED')
    expect(inside.network.peers()).toEqual([])
  })

  it('does not wait for ever on somebody who answers nothing', async () => {
    await using mesh = await startTwo({ settings: { dialMs: 300 } })
    await using silent = await startSilent()
    expect(
      await mesh.outside.network.dial(`/ip4/127.0.0.1/tcp/${silent.port}/ws`, signal()).catch(codeOf),
    ).toBe('DIAL_FAILED')
  })
})

describe(createWebSocketListener, () => {
  test.for([
    ['that says nothing', ''],
    ['that stops in the middle of its headers', 'GET / HTTP/1.1\r\nHost: a\r\nUpgra'],
  ] as const)('cuts off a socket %s', async ([, text]) => {
    await using mesh = await startTwo({ settings: { handshakeMs: 200 } })
    const socket = await openSocket(portOf(mesh.inside.address))
    socket.resume().write(text)
    await once(socket, 'close')
    expect(mesh.inside.network.peers()).toEqual([])
  })

  it('cuts off a WebSocket that proves nothing', async () => {
    await using mesh = await startTwo({ settings: { handshakeMs: 200 } })
    const socket = new WebSocket(`ws://127.0.0.1:${portOf(mesh.inside.address)}`)
    await once(socket, 'open')
    await once(socket, 'close')
    expect(mesh.inside.network.peers()).toEqual([])
  })

  it('takes no message beyond what members send, and no text', async () => {
    await using mesh = await startTwo()
    for (const message of [new Uint8Array(MAX_MESSAGE_BYTES + 1), 'text']) {
      const socket = new WebSocket(`ws://127.0.0.1:${portOf(mesh.inside.address)}`)
      socket.on('error', () => {})
      await once(socket, 'open')
      socket.send(message)
      await once(socket, 'close')
    }
    expect(mesh.inside.network.peers()).toEqual([])
  })

  it('gives one host no more than its share of places, whatever its headers say, and frees them again', async () => {
    await using mesh = await startTwo({ settings: { maxUnprovenPerHost: 3 } })
    const port = portOf(mesh.inside.address)
    const taken = await Promise.all(Array.from({ length: 3 }, () => openSocket(port)))
    const headers = { 'x-forwarded-for': '192.0.2.7', forwarded: 'for=192.0.2.7' }
    const late = new WebSocket(`ws://127.0.0.1:${port}`, { headers })
    const [error] = (await once(late, 'error')) as [Error]
    expect(error).toBeInstanceOf(Error)
    for (const socket of taken) socket.destroy()
    await eventually(async () => mesh.outside.network.dial(mesh.inside.address, signal()))
    expect(mesh.outside.network.peers()).toHaveLength(1)
  })

  it('serves no web page', async () => {
    await using mesh = await startTwo()
    const asking = request({ port: portOf(mesh.inside.address), host: '127.0.0.1', path: '/' }).end()
    const [response] = (await once(asking, 'response')) as [{ readonly statusCode: number; resume(): void }]
    response.resume()
    expect(response.statusCode).toBe(426)
  })
})

async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

interface LocalServer extends AsyncDisposable {
  readonly port: number
}

async function serveLocally(onSocket: (socket: Socket) => void): Promise<LocalServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Passes bytes on, as a proxy does that knows nothing of HTTP. */
const startProxy = (port: number): Promise<LocalServer> =>
  serveLocally((socket) => {
    const onward = connect(port, '127.0.0.1')
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
    socket.pipe(onward).pipe(socket)
  })

const startSilent = (): Promise<LocalServer> => serveLocally(() => {})
