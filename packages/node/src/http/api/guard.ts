import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import { problemResponse } from './respond.ts'

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

/** Lets in who shows the token. */
export function requireToken(token: string): MiddlewareHandler {
  const expected = digest(`Bearer ${token}`)
  return async (c, next) => {
    // Digests have one length, so that the comparison takes the same time whatever was sent.
    if (!timingSafeEqual(digest(c.req.header('authorization') ?? ''), expected)) {
      return problemResponse(
        'API_UNAUTHORISED',
        'send "Authorization: Bearer <token>" with the token of <home>/api.token',
      )
    }
    await next()
  }
}

/** The name in a Host header, without port and brackets. @see RFC 9110 section 7.2 */
function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::[0-9]{1,5})?$/.exec(header ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}

function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
