import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { createEnrolmentApp, type EnrolmentAppOptions, type EnrolmentAuthority } from './app.ts'

export interface EnrolmentComponents {
  readonly authority: EnrolmentAuthority
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
}

/** A running enrolment service. Disposing it answers what is being asked, and takes nothing more. */
export interface EnrolmentService extends AsyncDisposable {
  readonly port: number
}

/** What keeps a slow or silent client from holding anything for long. Times in ms. */
const SERVER_OPTIONS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8 * 1024,
}
const MAX_CONNECTIONS = 256
const MAX_REQUESTS_PER_SOCKET = 100
/** How long a connection may be silent while it is answered. */
const SOCKET_TIMEOUT_MS = 30_000

/** Starts the service and returns once it listens. @throws Error from node:net, such as EADDRINUSE */
export async function startEnrolment(
  { authority, host, port }: EnrolmentComponents,
  options: EnrolmentAppOptions = {},
): Promise<EnrolmentService> {
  const app = createEnrolmentApp(authority, options)
  const server = serve({ fetch: app.fetch, hostname: host, port, serverOptions: SERVER_OPTIONS }) as Server
  server.maxConnections = MAX_CONNECTIONS
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET
  server.setTimeout(SOCKET_TIMEOUT_MS)
  await listening(server)
  // What goes wrong with a connection ends that connection, never the process.
  server.on('error', options.onFault ?? (() => {}))
  return { port: portOf(server), [Symbol.asyncDispose]: () => close(server) }
}

function listening(server: Server): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  if (server.listening) resolve()
  server.once('listening', () => {
    server.off('error', reject)
    resolve()
  })
  server.once('error', reject)
  return promise
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('expected a server on a TCP port')
  return address.port
}

/** Disposing twice is harmless: a server that does not listen is closed. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref()
  })
}

/** What is being answered gets this long at shutdown, in ms. */
const CLOSE_MS = 2_000
