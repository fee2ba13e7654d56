import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { HomeError } from '../../errors.ts'
import { type ApiComponents, createApiApp } from './api-app.ts'

/** Where the API listens. Port 0 takes any free one. */
export interface ApiOptions {
  readonly host: string
  readonly port: number
}

/** The API, served. Disposing ends the streams, answers what was asked, for some seconds, and waits until the port is free. */
export interface ApiServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly address: string
}

/** Serves the API. @throws HomeError CONFIG_INVALID when it cannot listen there */
export async function startApi(components: ApiComponents, { host, port }: ApiOptions): Promise<ApiServer> {
  const stopping = new AbortController()
  const app = createApiApp(components, { host, signal: stopping.signal })
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS },
  }) as Server
  await listen(server, host, port)
  return {
    address: addressOf(server.address() as AddressInfo),
    async [Symbol.asyncDispose]() {
      if (stopping.signal.aborted) return
      stopping.abort()
      const closed = once(server, 'close')
      server.close()
      const tooLong = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
      // A connection that is kept alive stays open after its answer: nobody asks again.
      const idle = setInterval(() => server.closeIdleConnections(), IDLE_MS)
      await closed
      clearTimeout(tooLong)
      clearInterval(idle)
    },
  }
}

/** Whoever opens a connection on loopback and says nothing is gone by then. */
const HEADERS_TIMEOUT_MS = 10_000

/** Longer than an honest request takes, and well within what a service manager grants. */
const DRAIN_MS = 5_000
const IDLE_MS = 20

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause)
    throw new HomeError('CONFIG_INVALID', `api.host, api.port: cannot listen on ${host}:${port} (${fault})`, {
      cause,
    })
  }
}

/** An address that the same machine can call: one that stands for all interfaces is called over loopback. */
function addressOf({ address, family, port }: AddressInfo): string {
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (address === '::') return `http://[::1]:${port}`
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`
}
