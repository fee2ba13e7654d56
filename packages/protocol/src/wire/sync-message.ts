import type { JoinedIds } from '../sync/joined-ids.ts'
import type { SyncAnswer, SyncQuestion } from '../sync/questions.ts'

/** The sets that reconcile on their own, in the order in which a node asks for them. */
export const SYNC_SETS = [
  'control',
  'register',
  'clear/tombstones',
  'green/tombstones',
  'clear',
  'green',
] as const
export type SyncSet = (typeof SYNC_SETS)[number]

/** How the sender's set stands. */
export interface SyncHello {
  readonly set: SyncSet
  /** The hour up to which the sender has swept what expired. */
  readonly asOf: number
  /** The first hour of which the sender keeps what has not expired; 0 where it keeps all. */
  readonly floor: number
  /** Of what it has from there on. */
  readonly count: number
  readonly digest: Uint8Array
  readonly more: SyncMore
}

/** What a hello says besides. */
export interface SyncMore {
  /** Set `control` alone: the first 8 bytes of the hashes of the newest beacon and list, or the beacon and the list themselves. */
  readonly status?: Uint8Array
  readonly beacon?: Uint8Array
  readonly statusList?: Uint8Array
  /** Set `control` alone: how many log entries the sender holds. */
  readonly logSize?: number
  /** The receiver's root is the one that both had in common last: the sender can tell what came since, so many records at most. */
  readonly recent?: number
}

/** What one side says to the other in a session. The initiator speaks first; see docs/spec/reconciliation.md, "Messages". */
export type SyncMessage =
  | { readonly type: 'hello'; readonly hello: SyncHello }
  | { readonly type: 'same' }
  | { readonly type: 'refused'; readonly code: string }
  | SyncQuestion
  | SyncAnswer
  | { readonly type: 'want'; readonly ids: JoinedIds }
  | { readonly type: 'pick'; readonly shortIds: Uint8Array }
  | { readonly type: 'fetch'; readonly paths: readonly string[] }
  | { readonly type: 'recent' }
  | { readonly type: 'items'; readonly more: boolean; readonly items: readonly SyncItem[] }
  /** Several messages of items as one zstd frame: what they have in common is said once. */
  | { readonly type: 'pack'; readonly frame: Uint8Array }
  | { readonly type: 'taken' }
  | { readonly type: 'log'; readonly from: number }
  | { readonly type: 'hashes'; readonly hashes: readonly Uint8Array[] }
  /** For headers by their hashes, and what hangs below each. */
  | { readonly type: 'headers'; readonly hashes: JoinedIds }

/** Something that goes into the other's set, by admission as anything else. */
export interface SyncItem {
  readonly form: 'batch' | 'record' | 'control' | 'header'
  readonly bytes: Uint8Array
}

/** Bytes of one frame: a whole batch with room for its wrapping. */
export const MAX_FRAME_BYTES: number = 1_310_720
