import type { ControlKind, Hlc, ReadNode, Summary, SyncSet, TlpLabel } from '@intelmesh/protocol'
import type { Observable } from '@intelmesh/stix'
import type { LookupRows, Postings, RecordQuery, SetChange, StoreStats, TreeView, Wanted } from './answers.ts'
import type { Sidecar } from './sidecar/index.ts'

/** Ids, hashes and keys are lower-case hexadecimal here, 32 bytes unless said otherwise. Times are ms since the Unix epoch. */
export type Hex = string

/** A header that admission let in. Rows stay when the records are gone: closing a chain needs every link of it. */
export interface HeaderRow {
  readonly hash: Hex
  readonly bytes: Uint8Array
  /** Key id of the author. */
  readonly author: Hex
  /** 16 bytes. */
  readonly chain: Hex
  readonly seq: number
  /** The latest reading in the batch. */
  readonly to: Hlc
  readonly previous?: Hex
  readonly arrivedAt: number
  /**
   * Record ids of the batch in order, so that a proof can be made; absent where only the header or lone records came. Kept while a
   * record under the header is held; one has to be by the end of the commit.
   */
  readonly leafHashes?: readonly Hex[]
}

/** A chain of an author. Another author may have taken the same chain id. */
export type ChainOf = Pick<HeaderRow, 'author' | 'chain'>

/** A record that admission let in. */
export interface RecordRow {
  readonly id: Hex
  /** The leaf as it was verified. */
  readonly leaf: Uint8Array
  readonly header: Hex
  readonly index: number
  /** Inclusion path, kept for records that came without their batch. */
  readonly path?: readonly Uint8Array[]
  readonly author: Hex
  /** Organisation id, 16 bytes. */
  readonly organisation: Hex
  readonly set: Exclude<SyncSet, 'control' | 'register'>
  readonly tlp: TlpLabel
  readonly hlc: Hlc
  /** Whole hours since the Unix epoch. */
  readonly expires: number
  readonly arrivedAt: number
  readonly stixId?: string
  readonly stixType?: string
  /** ms of `modified`, else of `created`. */
  readonly stixVersion?: number
  readonly observables: readonly Observable[]
  /** Tombstones: the records taken back. */
  readonly retracts: readonly Hex[]
  /** Sightings, opinions and notes: the STIX ids they are about. */
  readonly references: readonly string[]
}

/** A record as it is read back: with its place in this node's order of arrival, counted from 1. */
export interface StoredRecord extends RecordRow {
  readonly sequence: number
}

export interface ControlRow {
  /** SHA-256 of `bytes`; for beacon, status list and contacts the slot that the newest one fills. */
  readonly key: string
  readonly kind: ControlKind
  readonly bytes: Uint8Array
  /** The set it reconciles in and its id there; absent for beacon and status list. */
  readonly set?: { readonly name: 'control' | 'register'; readonly id: Hex }
}

export interface QuarantineRow {
  readonly at: number
  readonly code: string
  /** Node key id, or `file`, `api`. */
  readonly from: string
  readonly what: string
  readonly detail: string
}

/** Everything that one atomic LevelDB batch changes. Trees, indexes, counts, expiry and arrival order follow from it inside the store. */
export interface StoreChanges {
  readonly headers?: readonly HeaderRow[]
  readonly records?: readonly RecordRow[]
  /** Record ids to take out of every table, index and tree. Unknown ids are passed over. */
  readonly removed?: readonly Hex[]
  /**
   * As `removed`; besides, their bytes leave the files soon after, and with them the ledger rows that the same change set
   * deletes. A restart does not make it forget.
   */
  readonly erased?: readonly Hex[]
  readonly control?: readonly ControlRow[]
  /** Keys of control rows to delete. */
  readonly controlRemoved?: readonly string[]
  /** RFC 9162 leaf hashes to append to the own copy of the ACO's log. */
  readonly log?: readonly Uint8Array[]
  readonly quarantine?: readonly QuarantineRow[]
  /** Small named values; `undefined` deletes. */
  readonly meta?: Readonly<Record<string, Uint8Array | undefined>>
  /** Rows of the ACO's register: key → JSON; `undefined` deletes. */
  readonly ledger?: Readonly<Record<string, unknown>>
}

/** The durable state of a node. One at a time has a folder open. */
export interface Store extends AsyncDisposable {
  /** 16 bytes, given when the store was made. */
  readonly id: Hex

  /**
   * Applies all of it or nothing, and returns once it is written; with `sync`, once it is on disk. Within it headers come first,
   * then records, then erasures and removals. What is held already is passed over; a control row takes the place of the one with its key.
   * Commits apply in the order of the calls. One that fails was not acknowledged: nothing of it is seen, unless the disk failed
   * after it had taken all of it.
   *
   * @throws StoreError STORE_FULL, STORE_IO, STORE_DAMAGED, STORE_CLOSED
   */
  commit(changes: StoreChanges, options: { readonly sync: boolean }): Promise<void>

  /**
   * Resolves once it is known what the disk holds: of a commit that failed it may have taken all, and shows nothing of it until it is
   * opened anew. Whoever reads what a commit is to be made from asks here first.
   *
   * @throws StoreError STORE_FULL, STORE_IO, STORE_DAMAGED, STORE_CLOSED while that cannot be found out
   */
  certain(): Promise<void>

  record(id: Hex): Promise<StoredRecord | undefined>
  /** Those of `ids` that are held, in their order. */
  records(ids: readonly Hex[]): Promise<readonly StoredRecord[]>
  /** Ids of records held that begin with `prefix`, ascending. */
  idsWithPrefix(prefix: string, limit: number): Promise<readonly Hex[]>
  /** Which of `ids` are held, in their order. */
  hasRecords(ids: readonly Hex[]): Promise<readonly boolean[]>
  /** In the order of arrival. */
  queryRecords(query: RecordQuery): Promise<readonly StoredRecord[]>
  /** Records of a STIX type, newest arrival first: as many as are asked for. */
  newestOfType(type: string, isWanted?: Wanted): AsyncIterable<StoredRecord>
  /** Ids of the records of an author, or of those under a header. */
  recordsOfAuthor(author: Hex): AsyncIterable<Hex>
  recordsOfHeader(header: Hex): Promise<readonly Hex[]>
  /** The row of a value: one read. A hash of the value finds it: whoever shows a record looks whether it names the value. */
  postings(observable: Observable): Promise<Postings>
  /** The rows of what lies below a value, as `isBelow` says, at most `limit`; a few of other values may be among them. */
  postingsBelow(observable: Observable, limit: number): Promise<readonly Postings[]>
  /** What of the index is in memory. */
  readonly sidecar: Sidecar
  /** Those of the records at `sequences` that are held, in their order. */
  recordsAt(sequences: readonly number[]): Promise<readonly StoredRecord[]>
  /** Whether any record may name a value: from memory, and `true` for some that none names. */
  knows(observable: Observable): boolean
  /** Ids of the records that name an observable, newest arrival first. Reads on beyond what {@link postings} lists. */
  lookup(observable: Observable, limit: number, isWanted?: Wanted): Promise<LookupRows>
  /** Record ids of the versions of a STIX id, every author's or those of one organisation, newest `stixVersion` first. */
  versions(stixId: string, isWanted?: Wanted, organisation?: Hex): Promise<readonly Hex[]>
  /** As {@link versions}, by their places, and without reading records. */
  versionsAt(stixId: string, isWanted?: Wanted, organisation?: Hex): Promise<readonly number[]>
  /** Ids of the sightings, opinions and notes that are about a STIX id, newest arrival first. */
  referring(stixId: string, limit: number, isWanted?: Wanted): Promise<readonly Hex[]>
  /** Ids of tombstones, held or still without their target, that name a record. `id` may be the beginning of one. */
  tombstonesOf(id: Hex, isWanted?: Wanted): Promise<readonly Hex[]>
  /** Whether any tombstone held, whosever it is, names each of `ids`, in their order. */
  namedByTombstones(ids: readonly Hex[]): Promise<readonly boolean[]>
  /** Ids of records of a set, or of one STIX type in it, whose reading lies before an hour, at most `limit`. */
  olderThan(set: RecordRow['set'], hour: number, limit: number, type?: string): Promise<readonly Hex[]>
  /** Ids of records that expire at or before `hour`, at most `limit`. */
  expiring(hour: number, limit: number): Promise<readonly Hex[]>

  header(hash: Hex): Promise<HeaderRow | undefined>
  /** Whether each of `headers` is held, in their order. */
  hasHeaders(headers: readonly Hex[]): Promise<readonly boolean[]>
  /** Whether each of `headers` is held together with the ids of its leaves, in their order. */
  hasLeaves(headers: readonly Hex[]): Promise<readonly boolean[]>
  /**
   * Headers of a chain by seq, ascending, from `from` to `to`, both included, without `leafHashes`; two with one seq where the
   * author forked. Another author may have taken the same chain id: compare `author`.
   */
  headersOfChain(chain: Hex, from: number, to: number): Promise<readonly HeaderRow[]>
  /** As {@link headersOfChain}, the author's own alone, and of each place no more than `most`: its forks may be without number. */
  headersOfAuthor(of: ChainOf, from: number, to: number, most: number): Promise<readonly HeaderRow[]>
  /** As {@link headersOfAuthor}, those at the highest seq that is held; none where none of the chain is. */
  endOfChain(of: ChainOf, most: number): Promise<readonly HeaderRow[]>
  /** Every chain of an author with the header of the highest seq that arrived by `arrivedBy` (default: now). */
  chainHeads(author: Hex, arrivedBy?: number): Promise<readonly HeaderRow[]>

  control(key: string): Promise<ControlRow | undefined>
  controlRows(): AsyncIterable<ControlRow>
  /** The control row that stands under an id in a set. */
  controlById(set: 'control' | 'register', id: Hex): Promise<ControlRow | undefined>

  readonly logSize: number
  /** Leaf hashes of the half-open range. */
  logHashes(from: number, to: number): Promise<readonly Uint8Array[]>
  /** The first index at which a leaf hash stands. */
  logIndexOf(leafHash: Uint8Array): Promise<number | undefined>

  /** Reads the Merkle-radix tree of a set as it is at each read. */
  treeOf(set: SyncSet): ReadNode
  /** The tree as it is now, whatever is committed later: for sessions, which promise one node and show it a round trip on. */
  viewOf(set: SyncSet): Promise<TreeView>
  rootOf(set: SyncSet): Summary
  /** Tells what each commit made of the sets, in order, once it is written, until the function that it gives is called. */
  onChanged(listener: (changes: readonly SetChange[]) => void): () => void

  meta(key: string): Promise<Uint8Array | undefined>
  ledger(key: string): Promise<unknown>
  /** Rows whose keys begin with `prefix`, ascending; with `from`, those at and after that key. */
  ledgerRows(prefix: string, from?: string): AsyncIterable<readonly [string, unknown]>
  /** Newest first. */
  quarantine(limit: number): Promise<readonly QuarantineRow[]>

  /**
   * Reads everything and gives the number of rows, as they stand now. Opening compares counts only; this finds what a disk
   * forgot elsewhere. Other work goes on beside it.
   *
   * @throws StoreError STORE_DAMAGED at the first row that is not as it was written
   */
  verify(signal: AbortSignal, onRows?: (rows: number) => void): Promise<number>

  /** Compares the files that were noted with what was noted of them. @throws StoreError STORE_DAMAGED, STORE_IO */
  checkFiles(): Promise<void>
  /** Notes what files there are now, for {@link checkFiles} and the next opening. @throws StoreError STORE_IO, STORE_FULL */
  noteFiles(): Promise<void>

  /**
   * Every row as it is now, for `restoreStore`: bytes in pieces of at most 256 KiB, whose borders mean nothing. Other work goes on
   * beside it; what is erased meanwhile leaves the files when it has ended.
   *
   * @throws StoreError STORE_DAMAGED, STORE_IO, STORE_CLOSED
   */
  dump(signal: AbortSignal): AsyncIterable<Uint8Array>

  /**
   * Resolves once what was erased so far is gone from the files. It waits for whoever reads now, views and dumps included.
   *
   * @throws StoreError STORE_FULL, STORE_IO, STORE_CLOSED; then it stays noted, and is tried again at the next opening
   */
  compacted(): Promise<void>

  /** Bytes of the files, LevelDB's and others. */
  bytesOnDisk(): Promise<number>
  /** Reads all keys. */
  stats(signal: AbortSignal): Promise<StoreStats>
  /** Rewrites all files, so that what is gone takes no room. Other work goes on beside it. */
  compactAll(signal: AbortSignal): Promise<void>

  readonly counts: { readonly records: number; readonly headers: number; readonly sequence: number }
}
