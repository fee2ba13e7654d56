import type { TlpLabel } from '@intelmesh/protocol'

/** Who may ask a node, and what was asked of it. Part of {@link NodeApi}. */
export interface PeopleApi {
  createToken(request: TokenRequest): Promise<CreatedToken>
  tokens(): Promise<readonly TokenView[]>
  /** @throws ApiError TOKEN_NOT_FOUND */
  revokeToken(id: string): Promise<TokenView>
  /** Entries of the audit trail, newest first. */
  audit(filter: AuditFilter): Promise<readonly AuditEntry[]>
  /** Reads the whole trail and checks that every entry names the one before. */
  verifyAudit(request: AuditCheck): Promise<AuditVerdict>
}

/** Each scope includes those before it. */
export const SCOPES = ['read', 'publish', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export interface TokenRequest {
  readonly person: string
  /** @default read */
  readonly scopes?: readonly Scope[]
  /**
   * Highest label its bearer sees and publishes, never above the node's own. Who has the scope `admin` sees all that the node
   * does. @default GREEN; for `admin` the node's own
   */
  readonly clearance?: TlpLabel
  /** @default 90, at most 3,650 */
  readonly days?: number
}

export interface TokenView {
  /** 16 hexadecimal digits: names the token, opens nothing. */
  readonly id: string
  readonly person: string
  readonly scopes: readonly Scope[]
  readonly clearance: TlpLabel
  readonly created: string
  readonly expires: string
  readonly state: 'active' | 'expired' | 'revoked'
  readonly lastUsed?: string
}

export interface CreatedToken extends TokenView {
  /** Shown here and never again: the node keeps a hash of it. */
  readonly token: string
}

export const AUDIT_ACTIONS = [
  'publish',
  'amend',
  'comment',
  'retract',
  'read',
  'export',
  'backup',
  'import',
  'token',
  'aco',
  'inbox',
  'configuration',
  'trust',
  'refused',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export interface AuditFilter {
  readonly action?: AuditAction
  readonly person?: string
  /** Only entries with a number below. */
  readonly before?: number
  /** @default 100, at most 1,000 */
  readonly limit?: number
}

export interface AuditEntry {
  /** Counted from 1. */
  readonly number: number
  readonly at: string
  /** The person a token was made for; `local` for who has the home's own token; `node` for the node itself. */
  readonly person: string
  /** Id of the token. */
  readonly token?: string
  readonly action: AuditAction
  readonly detail: Readonly<Record<string, string | number | boolean | readonly string[]>>
  /** SHA-256 over the entry and the hash of the one before. */
  readonly hash: string
}

export interface AuditCheck {
  /** Hash of an entry that was noted elsewhere: one that the trail must still have. */
  readonly head?: string
}

export interface AuditVerdict {
  /** Every entry holds, and the head that was asked for is one of them. */
  readonly isIntact: boolean
  /** Number of the newest entry. */
  readonly entries: number
  /** Hash of the newest entry: what is noted elsewhere proves later that nothing was cut off. */
  readonly head: string
  /** Number of the first entry that does not hold, or is missing. */
  readonly brokenAt?: number
  /** Number of the entry whose hash was asked for; absent when there is none, or nothing was asked for. */
  readonly headAt?: number
}
