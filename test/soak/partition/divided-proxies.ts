import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** One side of a partition, by number. */
export type Side = number

/** TCP proxies in front of nodes, which can cut the ways between two sides and join them again. Disposing ends every connection. */
export interface DividedProxies extends AsyncDisposable {
  /** Puts a proxy in front of `port` of a node on `side`, and gives the port at which it listens on loopback. */
  front(port: number, side: Side): Promise<number>
  /** Says on which side the process is that connects from a local port. */
  dialled(localPort: number, side: Side): void
  /** From here on nothing passes between sides: connections stay open and carry nothing, as when a cable is cut. */
  cut(): void
  /** What was held back flows, and so does what comes. */
  join(): void
  /** Connections between sides that stand now, and bytes that have passed between sides since the last `cut`. */
  readonly crossing: { readonly connections: number; readonly bytes: number }
}

/** No proxies yet, nothing cut. */
export function openDividedProxies(): DividedProxies {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const crossing = new Set<Socket>()
  const dialSides = new Map<number, PromiseWithResolvers<Side>>()
  let bytes = 0
  let isCut = false

  function sideOf(localPort: number): PromiseWithResolvers<Side> {
    const known = dialSides.get(localPort) ?? Promise.withResolvers<Side>()
    dialSides.set(localPort, known)
    return known
  }

  function track(socket: Socket, isCrossing: boolean): void {
    sockets.add(socket)
    if (isCrossing) crossing.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      crossing.delete(socket)
    })
    socket.on('error', () => socket.destroy())
  }

  /** Passes on what comes, no faster than it is taken. */
  function pass(from: Socket, to: Socket, isCrossing: boolean): void {
    from.on('data', (data) => {
      if (isCrossing) bytes += data.length
      if (!to.write(data)) from.pause()
    })
    to.on('drain', () => {
      if (!(isCut && isCrossing)) from.resume()
    })
    from.on('end', () => to.end())
    from.on('close', () => to.destroy())
    if (isCut && isCrossing) from.pause()
  }

  async function carry(from: Socket, port: number, side: Side): Promise<void> {
    const local = from.remotePort ?? 0
    from.on('error', () => from.destroy())
    from.pause()
    const isCrossing = (await sideOf(local).promise) !== side
    dialSides.delete(local)
    const to = connect({ host: LOOPBACK, port })
    track(from, isCrossing)
    track(to, isCrossing)
    pass(from, to, isCrossing)
    pass(to, from, isCrossing)
    if (!(isCut && isCrossing)) from.resume()
  }

  return {
    async front(port, side) {
      const server = createServer({ noDelay: true }, (socket) => void carry(socket, port, side))
      servers.push(server)
      server.listen(0, LOOPBACK)
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    },
    dialled: (localPort, side) => sideOf(localPort).resolve(side),
    cut() {
      isCut = true
      bytes = 0
      for (const socket of crossing) socket.pause()
    },
    join() {
      isCut = false
      for (const socket of crossing) socket.resume()
    },
    get crossing() {
      return { connections: crossing.size / 2, bytes }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, LOOPBACK)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const LOOPBACK = '127.0.0.1'
