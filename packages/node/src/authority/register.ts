import type { Kind, Role, TlpLabel } from '@intelmesh/protocol'
import type { Hex, Store } from '../store/index.ts'

/** The part of the store that an ACO needs. */
export type AuthorityStore = Pick<
  Store,
  | 'commit'
  | 'certain'
  | 'ledger'
  | 'ledgerRows'
  | 'control'
  | 'controlRows'
  | 'chainHeads'
  | 'logSize'
  | 'logHashes'
  | 'logIndexOf'
>

/** What an invite or a register row says about the certificates to issue. */
export interface Grant {
  /** Organisation id, 16 bytes. */
  readonly organisation: Hex
  readonly name: string
  readonly kind: Kind
  readonly roles: readonly Role[]
  readonly clearance: TlpLabel
  /** Validity of each certificate, in days. */
  readonly days: number
  /** Whether the node reaches the enrolment service on this machine. */
  readonly isLocal: boolean
}

export type MemberStanding = 'active' | 'suspended' | 'revoked' | 'lapsed'

/** `member/<node key id>`: a node key that has a certificate. Times are ms since the Unix epoch. */
export interface MemberRow extends Grant {
  /** One per node key, the same after renewal, and never given to another. */
  readonly statusIndex: number
  /** SHA-256 of the newest certificate. */
  readonly certificate: Hex
  readonly issuedAt: number
  readonly expiresAt: number
  readonly standing: MemberStanding
  /** End of a suspension. */
  readonly until?: number
}

/** `org/<organisation id>`: its nodes are in the order in which they came. */
export interface OrganisationRow {
  readonly name: string
  readonly nodes: readonly Hex[]
}

/** `invite/<invite id>`, 16 bytes. */
export interface InviteRow extends Grant {
  /** 32 bytes. It proves who asks, so the register is as secret as the operator's key. */
  readonly secret: Hex
  readonly expiresAt: number
  readonly confirm: boolean
  /** The node key that used the invite first; no other gets anything for it. */
  readonly node?: Hex
  /** The request of that key: as it was sent, without its tag. */
  readonly request?: Hex
  /** The reply to it, without its tag. */
  readonly reply?: Hex
  /** Another key that had the secret. */
  readonly alarm?: { readonly node: Hex; readonly at: number }
}

/** `meta/chain`: the certificates under which this ACO issues. */
export interface ChainRow {
  readonly root: Hex
  readonly operator: Hex
  /** Key id of the ACO's own node. */
  readonly node: Hex
}

/** `meta/state`: what the next beacon, statement, certificate and log entry follow on. */
export interface StateRow {
  readonly beacon: number
  readonly statements: number
  /** The next free status index. */
  readonly indices: number
  /** Status indices in the order in which they were revoked. */
  readonly invalid: readonly number[]
  readonly suspended: readonly number[]
  /** SHA-256 of the status list in force, and how many indices it covers. */
  readonly listHash: Hex
  readonly capacity: number
  /** The frontier of the log. */
  readonly logSize: number
  readonly logPeaks: readonly Hex[]
}

/** The rows and the prefixes under which they stand in the store's ledger. */
export interface Rows {
  readonly member: MemberRow
  readonly org: OrganisationRow
  readonly invite: InviteRow
}

export const STATE_KEY = 'meta/state'
export const CHAIN_KEY = 'meta/chain'

/** The ledger key of a row. */
export function rowKey(table: keyof Rows, id: Hex): string {
  return `${table}/${id}`
}

/** One row; nothing but this package writes them, and the store vouches for what it gives back. */
export async function readRow<T extends keyof Rows>(
  store: AuthorityStore,
  table: T,
  id: Hex,
): Promise<Rows[T] | undefined> {
  return (await store.ledger(rowKey(table, id))) as Rows[T] | undefined
}

/** All rows of a table with their ids, by id. */
export async function* readRows<T extends keyof Rows>(
  store: AuthorityStore,
  table: T,
): AsyncIterable<readonly [Hex, Rows[T]]> {
  const prefix = `${table}/`
  for await (const [key, row] of store.ledgerRows(prefix)) yield [key.slice(prefix.length), row as Rows[T]]
}
