import type { MiddlewareHandler } from 'hono'
import type { ApiEnv } from './guard.ts'
import { problemResponse } from './respond.ts'

/** A body up to here may come as often as the rates allow: 200 at once take no more memory than a few large ones. */
const SMALL_BYTES: number = 1024 * 1024
/** A body of 64 MiB takes some times as much while it is read. */
const MAX_AT_ONCE = 4

/** Lets on so many large requests of one token at one time. One that does not say how large it is may be as large as any. */
export function limitLargeBodies(): MiddlewareHandler<ApiEnv> {
  const under = new Map<string, number>()
  return async (c, next) => {
    const { token } = c.get('caller')
    if (token === undefined || isSmall(c.req.header('content-length'), c.req.header('transfer-encoding')))
      return next()
    const count = under.get(token) ?? 0
    if (count >= MAX_AT_ONCE) return tooMany()
    under.set(token, count + 1)
    try {
      await next()
    } finally {
      const left = (under.get(token) ?? 1) - 1
      if (left > 0) under.set(token, left)
      else under.delete(token)
    }
    return undefined
  }
}

/** @see RFC 9112 section 6.3: a request without either header has no body */
function isSmall(length: string | undefined, encoding: string | undefined): boolean {
  return encoding === undefined && Number(length ?? 0) <= SMALL_BYTES
}

function tooMany(): Response {
  const detail = `a token sends at most ${MAX_AT_ONCE} large requests at one time: try again in 1 s`
  return problemResponse('API_RATE_LIMITED', detail, { 'retry-after': '1' })
}
