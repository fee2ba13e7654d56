import { codeOf, MeshError } from '@intelmesh/protocol'
import { JoiningError } from './errors.ts'

/** The part of the Fetch API that joining uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** An answer of the enrolment service. */
export type ServiceAnswer =
  | { readonly status: 'done'; readonly bytes: Uint8Array }
  | { readonly status: 'pending' }

/** A reply with the largest status list, and its tag. */
const MAX_ANSWER_BYTES = 512 * 1024 + 64
/** What a service gets to answer one question, in ms, headers and body. */
const TIMEOUT_MS = 30_000
const MAX_URL = 200

/**
 * Posts CBOR to one of the service's addresses in turn, until one answers. A refusal by one address does not stop the others, since whoever
 * stands between can forge it; when none does better, the first refusal is thrown.
 *
 * @throws JoiningError JOIN_UNREACHABLE, JOIN_REFUSED, JOIN_ANSWER_MALFORMED
 * @throws MeshError with the code that the service gave
 */
export async function askService(
  {
    fetch,
    urls,
    signal,
  }: { readonly fetch: Fetch; readonly urls: readonly string[]; readonly signal: AbortSignal },
  path: string,
  body: Uint8Array,
): Promise<ServiceAnswer> {
  const faults: MeshError[] = []
  for (const url of urls) {
    try {
      return await post({ fetch, signal }, addressOf(url, path), body)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof MeshError)) throw error
      faults.push(error)
    }
  }
  throw (
    faults.find((fault) => fault.code !== ('JOIN_UNREACHABLE' satisfies JoiningError['code'])) ??
    faults[0] ??
    NO_ADDRESS()
  )
}

const NO_ADDRESS = (): JoiningError =>
  new JoiningError('JOIN_UNREACHABLE', 'no address of the enrolment service is known')

async function post(
  { fetch, signal }: { readonly fetch: Fetch; readonly signal: AbortSignal },
  url: string,
  body: Uint8Array,
): Promise<ServiceAnswer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  const response = await send(fetch, url, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: body as Uint8Array<ArrayBuffer>,
    // An answer holds by its tag or its chain; following it elsewhere would only widen what a stranger can make this node do.
    redirect: 'error',
    signal: limit,
  })
  const bytes = await readUpTo(response, url)
  if (response.status === 202) return { status: 'pending' }
  if (response.status === 200) return { status: 'done', bytes }
  throw refusalOf(response.status, bytes, url)
}

async function send(fetch: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    throw new JoiningError('JOIN_UNREACHABLE', `${url} could not be reached`, { cause })
  }
}

/** Reads a body as it comes, and no further than an answer may be long. */
async function readUpTo(response: Response, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > MAX_ANSWER_BYTES)
        throw new JoiningError('JOIN_ANSWER_MALFORMED', `${url} sent too long an answer`)
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof JoiningError) throw cause
    throw new JoiningError('JOIN_UNREACHABLE', `${url} broke off its answer`, { cause })
  }
  return new Uint8Array(Buffer.concat(chunks))
}

/** The service's refusal as an error with its code. What it says besides is not passed on: it may be anybody's. */
function refusalOf(status: number, bytes: Uint8Array, url: string): MeshError {
  const code = codeIn(bytes)
  if (code === undefined) return new JoiningError('JOIN_REFUSED', `${url} refused with HTTP status ${status}`)
  return new MeshError(code, `${url} refused with ${code}: ${REMEDIES[code] ?? 'ask the ACO'}`)
}

function codeIn(bytes: Uint8Array): string | undefined {
  try {
    const answer = JSON.parse(new TextDecoder().decode(bytes.subarray(0, 1024))) as {
      readonly code?: unknown
    } | null
    const code = answer?.code
    return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : undefined
  } catch (error) {
    if (codeOf(error) === undefined && error instanceof SyntaxError) return undefined
    throw error
  }
}

/** @throws JoiningError JOIN_UNREACHABLE unless it is an http or https URL */
function addressOf(base: string, path: string): string {
  const url = URL.parse(base.endsWith('/') ? base : `${base}/`)
  if (url === null || base.length > MAX_URL || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw new JoiningError('JOIN_UNREACHABLE', 'expected http or https addresses of the enrolment service')
  }
  return new URL(path, url).href
}

const REMEDIES: Readonly<Record<string, string>> = {
  INVITE_UNKNOWN: 'copy the whole line again, or ask the ACO for a new invite',
  INVITE_EXPIRED: 'ask the ACO for a new invite',
  INVITE_USED: 'another key has used this invite: tell the ACO, and ask for a new one',
  REQUEST_TAG_INVALID: 'copy the whole line again',
  KEY_NOT_CERTIFIABLE: 'this key was certified before and may not be again: join with a new key',
  RENEWAL_REFUSED: 'ask the ACO how the key stands, or for a new invite',
  NONCE_UNKNOWN: 'try again',
  RATE_LIMITED: 'try again in a minute',
}
