import { createHash, timingSafeEqual } from 'node:crypto'
import { isPrintable, isWithin, type TlpLabel } from '@intelmesh/protocol'
import type { Caller } from '../caller.ts'
import { ApiError } from '../errors.ts'
import { type Scope, SCOPES, type TokenRequest, type TokenView } from '../people-api.ts'
import { isoTime } from '../query/index.ts'
import type { Hex } from '../store/index.ts'

/** What is kept of a token. Times are ms since the Unix epoch. */
export interface TokenRow {
  /** 16 hexadecimal digits. */
  readonly id: string
  /** SHA-256 of the secret part, as text. It has 256 random bits: nothing slower is needed. */
  readonly hash: Hex
  readonly person: string
  /** The highest and all below. */
  readonly scopes: readonly Scope[]
  readonly clearance: TlpLabel
  readonly createdAt: number
  readonly expiresAt: number
  readonly revokedAt?: number
  readonly lastUsedAt?: number
}

/** A token and the row that is kept of it. @throws ApiError ARGUMENT_INVALID, for what may not be granted by a node cleared for `own` */
export function makeToken(
  request: TokenRequest,
  {
    own,
    now,
    random,
  }: { readonly own: TlpLabel; readonly now: number; readonly random: (length: number) => Uint8Array },
): { readonly token: string; readonly row: TokenRow } {
  const days = daysOf(request)
  const grant = grantOf(request, own)
  const id = Buffer.from(random(ID_BYTES)).toString('hex')
  const secret = Buffer.from(random(SECRET_BYTES)).toString('base64url')
  const hash = digest(secret).toString('hex')
  const row = { id, hash, ...grant, createdAt: now, expiresAt: now + days * DAY_MS }
  return { token: `imt_${id}_${secret}`, row }
}

/**
 * The row of a token in force. A text of another form and an id that nobody has are compared too, with what nothing equals, so
 * that all of them take as long as a wrong secret.
 */
export function findRow(
  rows: ReadonlyMap<string, TokenRow>,
  token: string,
  now: number,
): TokenRow | undefined {
  const [, id = '', secret = ''] = FORM.exec(token) ?? []
  const row = rows.get(id)
  const isRight = timingSafeEqual(digest(secret), Buffer.from(row?.hash ?? NO_HASH, 'hex'))
  return isRight && row !== undefined && isActive(row, now) ? row : undefined
}

/** Neither revoked nor expired. */
export function isActive({ expiresAt, revokedAt }: TokenRow, now: number): boolean {
  return revokedAt === undefined && now < expiresAt
}

/** On whose behalf a request with the token is made. */
export function callerOf({ id, person, scopes, clearance }: TokenRow): Caller {
  const scope = scopes.at(-1) ?? 'read'
  return { person, token: id, scope, ...(scope !== 'admin' && { clearance }) }
}

/** What is told of a token. */
export function tokenView(row: TokenRow, now: number): TokenView {
  const { id, person, scopes, clearance, createdAt, expiresAt, revokedAt, lastUsedAt } = row
  return {
    id,
    person,
    scopes,
    clearance,
    created: isoTime(createdAt),
    expires: isoTime(expiresAt),
    state: revokedAt !== undefined ? 'revoked' : isActive(row, now) ? 'active' : 'expired',
    ...(lastUsedAt !== undefined && { lastUsed: isoTime(lastUsedAt) }),
  }
}

const FORM = /^imt_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/
const ID_BYTES = 8
const SECRET_BYTES = 32
const MAX_PERSON = 100
const MAX_DAYS = 3650
const DEFAULT_DAYS = 90
const DAY_MS = 86_400_000
/** No text is known to have this hash. */
const NO_HASH = '0'.repeat(64)
/** Names that the audit trail gives to others than people. */
const RESERVED: ReadonlySet<string> = new Set(['local', 'node'])

function grantOf(request: TokenRequest, own: TlpLabel): Pick<TokenRow, 'person' | 'scopes' | 'clearance'> {
  const person = request.person.normalize('NFC')
  const isFit =
    person.length >= 1 && person.length <= MAX_PERSON && isPrintable(person) && person.trim() === person
  if (!isFit) throw invalid(`person: expected a name of 1 to ${MAX_PERSON} printable characters`)
  if (RESERVED.has(person.toLowerCase()))
    throw invalid(`person: ${person} has a meaning of its own in the audit trail`)
  const highest = SCOPES.findLast((scope) => (request.scopes ?? ['read']).includes(scope))
  if (highest === undefined) throw invalid(`scopes: expected some of ${SCOPES.join(', ')}`)
  const isAdmin = highest === 'admin'
  const clearance = request.clearance ?? (isAdmin || isWithin(own, 'green') ? own : 'green')
  if (!isWithin(clearance, own)) throw invalid(`clearance: this node itself is cleared for ${own} alone`)
  if (isAdmin && clearance !== own)
    throw invalid(`clearance: who has the scope admin sees all that the node does, which is ${own}`)
  return { person, scopes: SCOPES.slice(0, SCOPES.indexOf(highest) + 1), clearance }
}

function daysOf({ days = DEFAULT_DAYS }: TokenRequest): number {
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days
  throw invalid(`days: expected a whole number from 1 to ${MAX_DAYS}, got ${days}`)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function invalid(message: string): ApiError {
  return new ApiError('ARGUMENT_INVALID', message)
}
