import { isIP } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { Caller } from '../../caller.ts'
import type { Refusal } from '../../people/index.ts'
import { type Scope, SCOPES } from '../../people-api.ts'
import { createRateLimit, type RateLimitOptions } from '../rate-limit.ts'
import { problemResponse } from './respond.ts'

/** What goes with a request: its connection, and who asks. */
export interface ApiEnv {
  Bindings: Partial<HttpBindings>
  Variables: { caller: Caller }
}

/** Knows callers by their tokens. */
export interface Doorkeeper {
  /** None for every text that is no token in force. */
  readonly authenticate: (token: string) => Caller | undefined
  /** Told of everybody who is turned away. */
  readonly refused: (refusal: Refusal) => void
}

/**
 * Refuses requests under a host name that somebody else controls. A page of a stranger can have its own name resolve to this
 * machine and then talks to the API as if it were that page's server; an address or `localhost` cannot be made to do so.
 */
export function refuseForeignHosts(servedAs: string): MiddlewareHandler {
  return async (c, next) => {
    const name = hostName(c.req.header('host'))
    if (name === undefined || !(name === 'localhost' || name === servedAs || isIP(name) !== 0)) {
      return problemResponse('API_HOST_REFUSED', 'use the address that run.json names')
    }
    await next()
  }
}

/**
 * Lets in who shows a token in force, as often as it may ask. Wrong tokens are counted by address, so that nobody floods the
 * trail with them; who has a right one gets in from there all the same.
 */
export function requireCaller(
  { authenticate, refused }: Doorkeeper,
  clock: () => number,
): MiddlewareHandler<ApiEnv> {
  const requests = createRateLimit(clock, REQUESTS)
  const failures = createRateLimit(clock, FAILURES)
  return async (c, next) => {
    const [, token = ''] = /^Bearer ([!-~]{1,200})$/.exec(c.req.header('authorization') ?? '') ?? []
    const caller = authenticate(token)
    if (caller === undefined) {
      const isCounted = failures.take(addressOf(c))
      refuse(c, isCounted ? 'API_UNAUTHORISED' : 'API_RATE_LIMITED')
      return isCounted ? unauthorised() : rateLimited(FAILURES)
    }
    if (caller.token !== undefined && !requests.take(caller.token)) {
      refuse(c, 'API_RATE_LIMITED', caller)
      return rateLimited(REQUESTS)
    }
    c.set('caller', caller)
    await next()
  }

  function refuse(c: Context<ApiEnv>, code: string, caller?: Caller): void {
    refused({ ...(caller && { caller }), code, method: nameOf(c), address: addressOf(c) })
  }
}

/** Lets on who has the scope. */
export function requireScope(
  scope: Scope,
  { refused }: Pick<Doorkeeper, 'refused'>,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const caller = c.get('caller')
    if (SCOPES.indexOf(caller.scope) < SCOPES.indexOf(scope)) {
      refused({ caller, code: 'API_FORBIDDEN', method: nameOf(c), address: addressOf(c) })
      return problemResponse('API_FORBIDDEN', `this needs a token with the scope ${scope}`)
    }
    await next()
  }
}

/** A script that pages through everything stays below; one that runs wild leaves the node to others. */
const REQUESTS: RateLimitOptions = { burst: 200, refillMs: 20, maxAddresses: 2_000 }
const FAILURES: RateLimitOptions = { burst: 10, refillMs: 6_000, maxAddresses: 10_000 }

/** The same for a token that never was, one that has ended and none: whoever guesses learns nothing of which. */
function unauthorised(): Response {
  const detail = 'this needs a token in force, sent as "Authorization: Bearer <token>"'
  return problemResponse('API_UNAUTHORISED', detail, { 'www-authenticate': 'Bearer' })
}

function rateLimited({ refillMs }: RateLimitOptions): Response {
  const seconds = Math.ceil(refillMs / 1000)
  const detail = `too many requests: try again in ${seconds} s`
  return problemResponse('API_RATE_LIMITED', detail, { 'retry-after': String(seconds) })
}

/** The peer of the connection. What a header says of it could be anybody's word. */
function addressOf(c: Context<ApiEnv>): string {
  return c.env?.incoming?.socket.remoteAddress ?? ''
}

/** The path without its beginning, which says nothing; what a caller types at most so much. */
function nameOf(c: Context<ApiEnv>): string {
  return c.req.path.replace(/^\/api\/v1\//, '').slice(0, 40)
}

/** The name in a Host header, without port and brackets. @see RFC 9110 section 7.2 */
function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::[0-9]{1,5})?$/.exec(header ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}
