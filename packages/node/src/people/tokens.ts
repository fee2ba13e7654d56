import type { TlpLabel } from '@intelmesh/protocol'
import type { Caller } from '../caller.ts'
import { ApiError } from '../errors.ts'
import type { CreatedToken, TokenRequest, TokenView } from '../people-api.ts'
import type { Store } from '../store/index.ts'
import { callerOf, findRow, isActive, makeToken, type TokenRow, tokenView } from './token-row.ts'
import type { Trail } from './trail.ts'

export interface TokensComponents {
  readonly store: Pick<Store, 'commit' | 'ledgerRows'>
  readonly trail: Pick<Trail, 'append'>
  /** ms since the Unix epoch. */
  readonly clock: () => number
  readonly random: (length: number) => Uint8Array
  /** The highest label that this node may hold. */
  readonly clearance: () => TlpLabel
}

/** The tokens of a home. All of them are in memory, so that a wrong one costs no read. */
export interface Tokens extends AsyncDisposable {
  /** @throws ApiError ARGUMENT_INVALID, TOKEN_LIMIT; StoreError */
  create(request: TokenRequest, by: Caller): Promise<CreatedToken>
  /** Newest first. */
  list(): readonly TokenView[]
  /** Counts from the moment of the call. Revoking again changes nothing. @throws ApiError TOKEN_NOT_FOUND; StoreError */
  revoke(id: string, by: Caller): Promise<TokenView>
  /** Whose token it is; none for every text that is no token in force, whatever the reason. */
  authenticate(token: string): Caller | undefined
  /** Whether the caller's token is still in force. Who has none always is. */
  isLive(caller: Caller): boolean
}

/** Opens the tokens that a store holds. */
export async function openTokens(components: TokensComponents): Promise<Tokens> {
  const { store, trail, clock, random, clearance } = components
  const rows = new Map<string, TokenRow>()
  for await (const [, row] of store.ledgerRows(PREFIX)) rows.set((row as TokenRow).id, row as TokenRow)
  let writing: Promise<void> = Promise.resolve()

  /** Written at most once a minute: what a look-up costs must not be a write. */
  function touch(row: TokenRow, now: number): void {
    if (row.lastUsedAt !== undefined && now - row.lastUsedAt < USE_MS) return
    const used = { ...row, lastUsedAt: now }
    rows.set(row.id, used)
    // When a token was last used is told, and decides nothing: losing it is better than failing the request.
    const write = store
      .commit({ ledger: { [PREFIX + row.id]: used } }, { sync: false })
      .catch(() => undefined)
    writing = writing.then(() => write)
  }

  /** Rows that ended long ago, to be forgotten. */
  function outlived(now: number): readonly TokenRow[] {
    return [...rows.values()].filter(
      (row) => Math.min(row.expiresAt, row.revokedAt ?? Infinity) + KEPT_MS < now,
    )
  }

  return {
    async create(request, by) {
      const now = clock()
      const gone = outlived(now)
      if (rows.size - gone.length >= MAX_TOKENS)
        throw new ApiError('TOKEN_LIMIT', `a node keeps at most ${MAX_TOKENS} tokens: revoke some, or wait`)
      const { token, row } = makeToken(request, { own: clearance(), now, random })
      const view = tokenView(row, now)
      const { id, person, scopes, clearance: label, expires } = view
      const detail = { did: 'create', id, for: person, scopes, clearance: label, expires }
      const forgotten = gone.map((old) => [PREFIX + old.id, undefined] as const)
      const ledger = { ...Object.fromEntries(forgotten), [PREFIX + id]: row }
      await trail.append({ ...whoIs(by), action: 'token', detail }, { sync: true, ledger })
      for (const old of gone) rows.delete(old.id)
      rows.set(id, row)
      return { ...view, token }
    },
    list() {
      const now = clock()
      return [...rows.values()]
        .toSorted((a, b) => b.createdAt - a.createdAt)
        .map((row) => tokenView(row, now))
    },
    async revoke(id, by) {
      const now = clock()
      const row = rows.get(id)
      if (row === undefined)
        throw new ApiError('TOKEN_NOT_FOUND', 'no token has that id: see `intelmesh token list`')
      if (row.revokedAt !== undefined) return tokenView(row, now)
      const revoked = { ...row, revokedAt: now }
      // Before the write: a token that was to be revoked must not open anything if the disk fails.
      rows.set(id, revoked)
      const detail = { did: 'revoke', id, for: row.person }
      await trail.append(
        { ...whoIs(by), action: 'token', detail },
        { sync: true, ledger: { [PREFIX + id]: revoked } },
      )
      return tokenView(revoked, now)
    },
    authenticate(token) {
      const now = clock()
      const row = findRow(rows, token, now)
      if (row === undefined) return undefined
      touch(row, now)
      return callerOf(row)
    },
    isLive({ token }) {
      const row = token === undefined ? undefined : rows.get(token)
      return token === undefined || (row !== undefined && isActive(row, clock()))
    },
    async [Symbol.asyncDispose]() {
      await writing
    },
  }
}

/** Who an entry of the trail is about. */
export function whoIs({ person, token }: Caller): { readonly person: string; readonly token?: string } {
  return { person, ...(token !== undefined && { token }) }
}

const PREFIX = 'token/'
const MAX_TOKENS = 1000
const USE_MS = 60_000
/** How long a token is listed after its end: 90 days. */
const KEPT_MS = 90 * 86_400_000
