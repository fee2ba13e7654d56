/** How the store is cared for, and how its records travel by file. Part of {@link NodeApi}. */
export interface CareApi {
  /** What is in the store's files. Reads every key. */
  storeStats(): Promise<StoreView>
  /** Rewrites the store's files, so that what is gone takes no room. */
  compactStore(): Promise<CompactedStore>
  /**
   * Reads every row, as it stands now, and compares it with what was written. Gives how far it is, and at last the whole number.
   *
   * @throws StoreError STORE_DAMAGED at the first row that is not as it was written
   */
  verifyStore(signal: AbortSignal): AsyncIterable<VerifyProgress>
  /** A file for a node that no network reaches: control, and what came here since an instant, as far as the caller may take it out. */
  syncExport(request: SyncExportRequest, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Takes what such a file brings, through the door by which everything comes in. What is whole of a file that is not is taken. */
  syncImport(file: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<SyncImportReport>
}

/** What is in the store. Bytes of tables are before compression. */
export interface StoreView {
  /** Of all files. */
  readonly bytes: number
  /** What compacting is likely to give back. */
  readonly spare: number
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[]
  /** Those that the caller may see. */
  readonly sets: readonly SetView[]
}

export interface SetView {
  readonly set: string
  readonly count: number
  /** The hours of its oldest and newest record, by their authors' clocks. Absent in an empty set, and where there are no hours. */
  readonly oldest?: string
  readonly newest?: string
  /** Records before this hour are not kept here. Absent without retention. */
  readonly floor?: string
}

export interface CompactedStore {
  readonly before: number
  readonly after: number
}

export interface VerifyProgress {
  readonly rows: number
  readonly isDone: boolean
}

export interface SyncExportRequest {
  /** Only what arrived here since; everything when absent. ISO 8601. */
  readonly since?: string
}

/** What a file brought, and what is missing. */
export interface SyncImportReport {
  /** 32 hexadecimal digits. */
  readonly file: string
  readonly from: { readonly node: string; readonly made: string; readonly since?: string }
  /** Whether the file was there to its end. */
  readonly isWhole: boolean
  /** Why the rest of the file was not read. */
  readonly broke?: { readonly code: string; readonly at: number }
  readonly frames: { readonly taken: number; readonly skipped: number; readonly damaged: number }
  readonly sets: readonly ImportedSet[]
  /** Items that were not taken, by code. */
  readonly refused: readonly Skipped[]
  /** Certificates that records name and nobody here knows: at most 100 ids. */
  readonly missingCertificates: readonly string[]
  /** Chains whose headers here do not follow from their first, or from each other: at most 100. */
  readonly chainGaps: readonly { readonly author: string; readonly chain: string; readonly missing: number }[]
  /** Hours of which this node holds less than the one that wrote the file did: at most 100, the newest first. */
  readonly hourGaps: readonly {
    readonly set: string
    readonly hour: string
    readonly here: number
    readonly there: number
  }[]
}

export interface ImportedSet {
  readonly set: string
  /** Items that came, were new, and were held already. */
  readonly carried: number
  readonly taken: number
  readonly held: number
  /** Records of the set here and, when it wrote the file, at the other node; absent where the file ends before it says. */
  readonly here: number
  readonly there?: number
}

export interface Skipped {
  readonly code: string
  readonly count: number
  /** In words. */
  readonly reason: string
}

/** How a set stands to that of a connected member. */
export interface PeerSync {
  readonly node: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly set: string
  readonly state: 'unknown' | 'equal' | 'unequal' | 'refused' | 'failed'
  /** Whether a session over it is under way. */
  readonly isComparing: boolean
  /** Seconds for which it is not known to be equal: since it last was, else since the member connected. 0 when it is. */
  readonly lagSeconds: number
  readonly comparedAt?: string
  readonly equalAt?: string
  /** Records in the own set and in the member's, when they were last compared. */
  readonly here?: number
  readonly there?: number
  /** Records that this node alone, or the member alone, had then. Absent where nobody looked for which. */
  readonly onlyHere?: number
  readonly onlyThere?: number
  /** How many records one side alone had then; at least so many, where nobody looked for which. 0 when both are equal. */
  readonly divergence?: number
  /** Records that came since the member connected, and that went in the sessions that this node led. */
  readonly received: number
  readonly sent: number
  /** What the last session that brought anything, whoever led it, brought and was not taken. */
  readonly skipped: readonly Skipped[]
  /** Why it was refused, or failed. */
  readonly problem?: { readonly code: string; readonly reason: string }
}

/** A record that a session brought, that was not taken, and that is not held now. */
export interface SkippedRecord {
  /** Id of the record; in the sets `control` and `register` that of the control object. Absent where the bytes tell none. */
  readonly id?: string
  readonly set: string
  readonly code: string
  /** In words. */
  readonly reason: string
  /** The member that brought it last, connected now or not. */
  readonly from: {
    readonly node: string
    readonly organisation: { readonly id: string; readonly name: string }
  }
  readonly at: string
}
