import type { HttpBindings } from '@hono/node-server'
import { asArray, codeOf, decodeCbor, encodeCbor } from '@intelmesh/protocol'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Authority } from '../../authority/index.ts'
import { createRateLimit, type RateLimitOptions } from '../rate-limit.ts'
import { refusalOf } from './refusals.ts'

/** The part of an ACO's authority that strangers may ask. */
export type EnrolmentAuthority = Pick<Authority, 'enrol' | 'renewalNonce' | 'renew'>

export interface EnrolmentAppOptions {
  /** ms, from any start. @default performance.now */
  readonly clock?: () => number
  /** Told of faults that are nobody's but ours. */
  readonly onFault?: (error: unknown) => void
}

/** Requests are below 2 KiB, and a renewal carries a certificate. */
const MAX_BODY_BYTES = 4096

/** A newcomer behind the address of a whole company asks some ten times; a flood gets one answer a second. */
const RATE: RateLimitOptions = { burst: 60, refillMs: 1000, maxAddresses: 10_000 }

const CBOR = 'application/cbor'

type App = { Bindings: Partial<HttpBindings> }

/**
 * The enrolment service: what a stranger with an invite, and a member that renews, may ask of an ACO. Every answer is CBOR, or
 * `{code, message}` in JSON.
 *
 * @see docs/spec/enrolment.md, "Service"
 */
export function createEnrolmentApp(
  authority: EnrolmentAuthority,
  options: EnrolmentAppOptions = {},
): Hono<App> {
  const { clock = () => performance.now(), onFault = () => {} } = options
  const limit = createRateLimit(clock, RATE)
  const app = new Hono<App>()

  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.use('*', async (c, next) => (limit.take(addressOf(c)) ? next() : refuse(c, 'RATE_LIMITED')))
  app.use('*', limitBody())

  app.post('/enrol', requireCbor, async (c) => {
    const outcome = await authority.enrol(await bodyOf(c))
    return outcome.status === 'pending' ? c.body(null, 202) : cbor(c, outcome.reply)
  })
  app.post('/renew/nonce', (c) => cbor(c, encodeCbor([authority.renewalNonce()])))
  app.post('/renew', requireCbor, async (c) => {
    const [renewal, certificate] = splitRenewal(await bodyOf(c))
    return cbor(c, await authority.renew(renewal, certificate))
  })

  app.notFound((c) => refuse(c, 'NOT_FOUND'))
  app.onError((error, c) => {
    const refusal = refusalOf(codeOf(error))
    if (refusal.code === 'INTERNAL') onFault(error)
    return refuse(c, refusal.code)
  })
  return app
}

const requireCbor: MiddlewareHandler<App> = async (c, next) => {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  return type === CBOR ? next() : refuse(c, 'MEDIA_TYPE')
}

function limitBody(): MiddlewareHandler<App> {
  return bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (c) => {
      // What is still to come of the body is not read.
      c.header('connection', 'close')
      return refuse(c, 'BODY_TOO_LARGE')
    },
  })
}

/** The CBOR array [renewal, certificate]. */
function splitRenewal(body: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const parts = asArray(decodeCbor(body, { maxBytes: MAX_BODY_BYTES, maxDepth: 1, maxItems: 4 }), 'renewal')
  const [renewal, certificate] = parts
  if (parts.length === 2 && renewal instanceof Uint8Array && certificate instanceof Uint8Array)
    return [renewal, certificate]
  throw new MalformedBody()
}

class MalformedBody extends Error {
  readonly code = 'REQUEST_MALFORMED'
}

async function bodyOf(c: Context<App>): Promise<Uint8Array> {
  return new Uint8Array(await c.req.arrayBuffer())
}

/** The peer of the connection. What a header says of it could be anybody's word. */
function addressOf(c: Context<App>): string {
  return c.env?.incoming?.socket.remoteAddress ?? ''
}

function cbor(c: Context<App>, bytes: Uint8Array): Response {
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': CBOR, 'cache-control': 'no-store' })
}

function refuse(c: Context, code: string): Response {
  const refusal = refusalOf(code)
  return c.json({ code: refusal.code, message: refusal.message }, refusal.status)
}
