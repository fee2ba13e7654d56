import type { Action, Kind, Reason, Role, TlpLabel } from '@intelmesh/protocol'

/** What an ACO's people ask of its home. */
export interface AcoApi {
  invite(request: InviteRequest): Promise<InviteResult>
  requests(): Promise<readonly EnrolmentView[]>
  /** Issues to a request file, or to a request that waits for confirmation (by invite id). Base64url of the reply file. */
  issue(request: IssueRequest): Promise<IssueResult>
  list(): Promise<readonly MemberView[]>
  /** `who`: organisation id, node key id, or exact name. @throws ApiError WHO_UNKNOWN, WHO_AMBIGUOUS */
  act(request: ActRequest): Promise<ActResult>
}

export interface InviteRequest {
  readonly org: string
  readonly kind: Kind
  readonly roles: readonly Role[]
  readonly clearance: TlpLabel
  /** Validity of the certificates, in days. */
  readonly days: number
  /** Holds the issue until fingerprints were compared. */
  readonly confirm?: boolean
  /** Put loopback addresses into the invite. */
  readonly local?: boolean
  /** Organisation id of an existing member, for a further node or a replaced key. */
  readonly organisation?: string
}

export interface InviteResult {
  readonly invite: string
  readonly id: string
  readonly organisation: string
  readonly expires: string
  readonly urls: readonly string[]
}

export interface EnrolmentView {
  readonly invite: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly state: 'open' | 'waiting' | 'used' | 'expired' | 'alarm'
  readonly expires: string
  readonly node?: string
  readonly detail: string
}

export interface IssueRequest {
  /** Base64url of a request file. */
  readonly request?: string
  /** Invite id of a request that waits for confirmation. */
  readonly invite?: string
  /** For a request file: what to certify. */
  readonly grant?: InviteRequest
}

export interface IssueResult {
  readonly reply: string
  readonly node: string
  readonly organisation: string
  readonly certificate: string
}

export interface MemberView {
  readonly organisation: { readonly id: string; readonly name: string }
  readonly node: string
  readonly kind: Kind
  readonly roles: readonly Role[]
  readonly clearance: TlpLabel
  readonly standing: string
  readonly certificate: string
  readonly expires: string
}

export interface ActRequest {
  readonly action: Exclude<Action, 'lapse'>
  readonly who: string
  readonly reason: Reason
  /** ISO 8601: closes chains at the headers held by then. */
  readonly since?: string
  /** ISO 8601: end of a suspension. */
  readonly until?: string
}

export interface ActResult {
  readonly statement: number
  readonly beacon: number
  readonly nodes: readonly string[]
  readonly closedChains: number
}
