import type { Entry, JoinedIds, ReadNode, Summary, SyncSet, TlpLabel } from '@intelmesh/protocol'
import type { Hex } from './interface.ts'

/** What is known of a record that need not be read for it. */
export interface Arrival {
  /** Its place in the order of arrival. */
  readonly sequence: number
  /** None of a tombstone, and of the rare types that have no number here. */
  readonly type: string | undefined
  readonly tlp: TlpLabel
  readonly organisation: Hex
  readonly isTombstone: boolean
}

/**
 * Which records an index is asked for. Anybody may write into any index: who wants the records of one organisation, or a share of
 * each, says so here, and the others cost no read of a record. Asked of the first 100,000, in their order.
 */
export type Wanted = (row: Arrival) => boolean

export interface LookupRows {
  readonly ids: readonly Hex[]
  /** Of all postings that are wanted, also beyond `limit`; where none is asked about, of all there are. */
  readonly total: number
}

export interface RecordQuery {
  readonly type?: string
  readonly tlp?: TlpLabel
  /** No label above it. */
  readonly within?: TlpLabel
  readonly organisation?: Hex
  readonly stixId?: string
  readonly afterSequence: number
  readonly limit: number
  /** Leaves tombstones out. */
  readonly plainOnly: boolean
}

/** One record in the list of a value. */
export type Posting = Arrival

/** What one row of the index of observables says. */
export interface Postings {
  /** The newest of every organisation, newest arrival first, at most some hundred in all: nobody crowds out another. */
  readonly listed: readonly Posting[]
  /** How many records of an organisation under a label name the value, listed or not: exact. */
  readonly counts: readonly { readonly organisation: Hex; readonly tlp: TlpLabel; readonly count: number }[]
}

/** What one commit made of a set, in entries of its tree. */
export interface SetChange {
  readonly set: SyncSet
  readonly added: readonly Entry[]
  readonly removed: readonly Entry[]
  /** Of the set with the change. */
  readonly root: Summary
}

/** What is in the files. */
export interface StoreStats {
  /** Bytes of the folder. */
  readonly bytes: number
  /** Rows and their bytes before compression. */
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[]
}

/** A set as it stands at one moment. Dispose of it soon: LevelDB keeps what it holds from being cleaned up. */
export interface TreeView extends AsyncDisposable {
  readonly root: Summary
  readonly read: ReadNode
  /** The ids of all leaves at and below a path, newest hours first: one scan, where {@link read} asks for each. */
  leaves(path?: string): AsyncIterable<JoinedIds>
}
