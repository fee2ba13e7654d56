import { isWithin } from '@intelmesh/protocol'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { AcoApi } from '../../aco-api.ts'
import type { NodeApi } from '../../api.ts'
import type { Caller } from '../../caller.ts'
import { ApiError } from '../../errors.ts'
import type { Logger, Metrics } from '../../observe/index.ts'
import { bytesResponse } from './bytes-stream.ts'
import { eventsResponse } from './event-stream.ts'
import { type ApiEnv, type Doorkeeper, refuseForeignHosts, requireCaller, requireScope } from './guard.ts'
import { limitLargeBodies } from './large-bodies.ts'
import { ACO_METHODS, type Endpoint, NODE_METHODS, STREAM_SCOPES } from './methods.ts'
import { describeFault } from './problem.ts'
import { exportRequest } from './request-shapes.ts'
import { problemResponse, respondWith } from './respond.ts'

/** What the API is made of. */
export interface ApiComponents extends Doorkeeper {
  /** The node as a caller may have it. */
  readonly apiFor: (caller: Caller) => NodeApi
  readonly metrics: Metrics
  readonly logger: Logger
  /** ms, from any start. @default performance.now */
  readonly clock?: () => number
}

/** How the API is served. */
export interface ApiAppOptions {
  /** Host name in requests that is accepted besides addresses and `localhost`. */
  readonly host: string
  /** Ends the streams when the server stops. */
  readonly signal: AbortSignal
}

/** The API as a function from request to answer. @see docs/spec/api.md */
export function createApiApp(components: ApiComponents, { host, signal }: ApiAppOptions): Hono<ApiEnv> {
  const { apiFor, metrics, logger, clock = () => performance.now() } = components
  const needs = (scope: Endpoint<unknown>['scope']) => requireScope(scope, components)
  const apiOf = (c: Context<ApiEnv>): NodeApi => apiFor(c.get('caller'))
  const endOf = (c: Context<ApiEnv>): AbortSignal => AbortSignal.any([signal, c.req.raw.signal])
  const limitLarge = limitLargeBodies()
  const app = new Hono<ApiEnv>()
  app.use(refuseForeignHosts(host.toLowerCase()))
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.use(requireCaller(components, clock))
  app.use(async (c, next) => {
    const startedAt = performance.now()
    await next()
    metrics.apiRequest(methodOf(c), c.res.status, (performance.now() - startedAt) / 1000)
  })
  app.get('/metrics', needs(STREAM_SCOPES.metrics), async (c) => {
    assertCountable(c.get('caller'))
    const { text, contentType } = await metrics.expose()
    return c.body(text, 200, { 'content-type': contentType })
  })
  app.get('/api/v1/tail', needs(STREAM_SCOPES.tail), (c) =>
    eventsResponse('record', (until) => apiOf(c).tail(until), endOf(c)),
  )
  const cut = (c: Context<ApiEnv>) => (error: unknown) => {
    logger.warn('an answer was cut off', { error, method: methodOf(c) })
    c.env.outgoing?.destroy()
  }
  app.get('/api/v1/filter', needs(STREAM_SCOPES.filter), (c) =>
    bytesResponse((until) => apiOf(c).filter(until), endOf(c), cut(c)),
  )
  app.get('/api/v1/backup', needs(STREAM_SCOPES.backup), (c) =>
    bytesResponse((until) => apiOf(c).backup(until), endOf(c), cut(c)),
  )
  app.get('/api/v1/syncExport', needs(STREAM_SCOPES.syncExport), (c) => {
    const request = exportRequest.read(c.req.query(), '')
    return bytesResponse((until) => apiOf(c).syncExport(request, until), endOf(c), cut(c))
  })
  app.post('/api/v1/syncImport', needs(STREAM_SCOPES.syncImport), async (c) =>
    c.json(await apiOf(c).syncImport(c.req.raw.body ?? NOTHING, endOf(c))),
  )
  app.get('/api/v1/verifyStore', needs(STREAM_SCOPES.verifyStore), (c) =>
    eventsResponse('progress', (until) => apiOf(c).verifyStore(until), endOf(c)),
  )
  for (const [name, endpoint] of endpointsOf(NODE_METHODS)) {
    app.post(`/api/v1/${name}`, needs(endpoint.scope), limitLarge, limitBody(endpoint), (c) =>
      answer(c, endpoint, methodIn(apiOf(c), name)),
    )
  }
  for (const [name, endpoint] of endpointsOf(ACO_METHODS)) {
    app.post(`/api/v1/aco/${name}`, needs(endpoint.scope), limitLarge, limitBody(endpoint), (c) =>
      answer(c, endpoint, methodIn(acoOf(apiOf(c)), name)),
    )
  }
  app.notFound((c) =>
    problemResponse('API_METHOD_UNKNOWN', `nothing is served at ${c.req.method} ${c.req.path}`),
  )
  app.onError((error, c) => {
    const problem = describeFault(error)
    if (problem.code === 'INTERNAL') logger.error('an API request failed', { error, method: methodOf(c) })
    return respondWith(problem)
  })
  return app
}

/** A body that was not sent. */
const NOTHING: ReadableStream<Uint8Array> = new Blob([]).stream()

/** The metrics count what the node holds under every label of the cluster. */
function assertCountable({ clearance }: Caller): void {
  if (clearance === undefined || isWithin('green', clearance)) return
  throw new ApiError('API_FORBIDDEN', 'this needs a token that is cleared for green')
}

type AnyMethod = (argument: unknown) => Promise<unknown>

async function answer(c: Context<ApiEnv>, endpoint: Endpoint<unknown>, method: AnyMethod): Promise<Response> {
  const argument = endpoint.body.read(await readJson(c), '')
  return c.json((await method(argument)) as object)
}

/** An empty body stands for an empty object, so that a method without argument needs none. */
async function readJson(c: Context): Promise<unknown> {
  const body = await c.req.text()
  if (body === '') return {}
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new ApiError('ARGUMENT_INVALID', 'body: expected JSON', { cause })
  }
}

function limitBody({ maxBytes }: Endpoint<unknown>) {
  const onError = () => problemResponse('API_BODY_TOO_LARGE', `expected at most ${maxBytes} bytes`)
  return bodyLimit({ maxSize: maxBytes, onError })
}

function endpointsOf(table: object): readonly (readonly [string, Endpoint<unknown>])[] {
  return Object.entries(table) as [string, Endpoint<unknown>][]
}

function methodIn(target: object, name: string): AnyMethod {
  const method = (target as Readonly<Record<string, AnyMethod>>)[name]
  if (method === undefined) throw new TypeError(`the API lacks ${name}`)
  return (argument) => method.call(target, argument)
}

function acoOf(api: NodeApi): AcoApi {
  if (api.aco === undefined)
    throw new ApiError('NOT_AN_ACO', 'this node is not an ACO: ask the ACO of your cluster')
  return api.aco
}

/** The name of a known route, so that what a caller types makes no time series. */
function methodOf(c: Context): string {
  const name = c.req.path.replace(/^\/api\/v1\//, '')
  const isKnown =
    name === '/metrics' ||
    Object.hasOwn(STREAM_SCOPES, name) ||
    Object.hasOwn(NODE_METHODS, name) ||
    isAcoMethod(name)
  return isKnown ? name : 'other'
}

function isAcoMethod(name: string): boolean {
  return name.startsWith('aco/') && Object.hasOwn(ACO_METHODS, name.slice('aco/'.length))
}
