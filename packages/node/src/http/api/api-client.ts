import { MeshError } from '@intelmesh/protocol'
import type { AcoApi } from '../../aco-api.ts'
import type { NodeApi, RecordView } from '../../api.ts'
import type { VerifyProgress } from '../../care-api.ts'
import { ApiError } from '../../errors.ts'
import { ACO_METHODS, type Endpoint, NODE_METHODS, type NodeStream } from './methods.ts'
import { readEvents } from './read-events.ts'

/** What a running node answered instead of a result. The code is that of the fault at the node. */
export class NodeRefusal extends MeshError {
  override name = 'NodeRefusal'
  /** How long to wait before asking again, where the node says so. */
  readonly retryAfterMs: number | undefined

  constructor(code: string, message: string, options: { readonly retryAfterMs?: number } = {}) {
    super(code, message)
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Where a node's API is, and what opens it. */
export interface ApiAccess {
  /** `http://127.0.0.1:<port>` */
  readonly apiAddress: string
  readonly token: string
}

/**
 * The node behind an API address. Its methods throw what the node answered as {@link NodeRefusal}, and ApiError
 * API_UNREACHABLE when nobody answers. `aco` is always there: on a node that is no ACO its methods throw NOT_AN_ACO.
 */
export function createApiClient(access: ApiAccess): NodeApi {
  const node = methodsFor(NODE_METHODS, '/api/v1/', access)
  const aco = methodsFor(ACO_METHODS, '/api/v1/aco/', access) as unknown as AcoApi
  const streams: Pick<NodeApi, NodeStream> = {
    tail: (signal) => events<RecordView>(access, '/api/v1/tail', 'record', signal),
    verifyStore: (signal) => events<VerifyProgress>(access, '/api/v1/verifyStore', 'progress', signal),
    filter: (signal) => bytes(access, '/api/v1/filter', signal),
    backup: (signal) => bytes(access, '/api/v1/backup', signal),
    syncExport: (request, signal) =>
      bytes(access, `/api/v1/syncExport?${new URLSearchParams({ ...request }).toString()}`, signal),
    syncImport: (file, signal) => sent(access, '/api/v1/syncImport', file, signal),
  }
  return { ...node, aco, ...streams } as unknown as NodeApi
}

function methodsFor(table: object, prefix: string, access: ApiAccess): object {
  const methods = (Object.entries(table) as [string, Endpoint<unknown>][]).map(([name, endpoint]) => {
    const call = async (argument: unknown): Promise<unknown> => {
      const body = JSON.stringify(endpoint.wrap(argument))
      const response = await request(access, `${prefix}${name}`, { method: 'POST', body })
      return parse(await response.text())
    }
    return [name, call]
  })
  return Object.fromEntries(methods)
}

async function* events<T>(
  access: ApiAccess,
  path: string,
  name: string,
  signal: AbortSignal,
): AsyncIterable<T> {
  try {
    const response = await request(access, path, { signal })
    if (response.body === null) return
    for await (const { event, data } of readEvents(response.body)) {
      if (event === 'problem') throw refusal(data)
      if (event === name) yield parse(data) as T
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function* bytes(access: ApiAccess, path: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const response = await request(access, path, { signal })
  if (response.body === null) throw unintelligible()
  try {
    yield* response.body
  } catch (cause) {
    if (signal.aborted) throw cause
    throw new ApiError('API_UNREACHABLE', 'the node stopped before all of it was sent: start again', {
      cause,
    })
  }
}

/** Sends a stream of bytes, as fast as the node takes it, and gives its answer. */
async function sent<T>(
  access: ApiAccess,
  path: string,
  file: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<T> {
  const body = ReadableStream.from(file)
  const response = await request(access, path, { method: 'POST', body, duplex: 'half', signal })
  return parse(await response.text()) as T
}

async function request({ apiAddress, token }: ApiAccess, path: string, init: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  // A redirect would carry the token, or the question, to somebody else.
  const response = await reach(`${apiAddress}${path}`, { ...init, headers, redirect: 'error' })
  if (response.ok) return response
  throw refusal(await response.text(), response.headers.get('retry-after'))
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause
    throw new ApiError('API_UNREACHABLE', `no node answers at ${new URL(url).origin}: is it running?`, {
      cause,
    })
  }
}

function refusal(text: string, retryAfter: string | null = null): MeshError {
  const { code, detail } = parse(text) as Readonly<Record<string, unknown>>
  if (typeof code !== 'string' || typeof detail !== 'string') throw unintelligible()
  const seconds = Number(retryAfter)
  return new NodeRefusal(code, detail, seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {})
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Falls through: no JSON is as bad as the wrong JSON.
  }
  throw unintelligible()
}

function unintelligible(): ApiError {
  return new ApiError('API_UNREACHABLE', 'what answers there is no node of this version')
}
