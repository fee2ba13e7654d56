import type { Kind, RetractionReason, Role, TlpLabel } from '@intelmesh/protocol'
import type { GateFinding } from '@intelmesh/gate'
import type { AcoApi } from './aco-api.ts'
import type { CareApi, PeerSync, SkippedRecord } from './care-api.ts'
import type { PeopleApi } from './people-api.ts'
import type { PublishApi } from './publish-api.ts'

/**
 * What people and programs ask of a node. The running node, a home opened without one, and the HTTP client all implement it, so
 * a command need not know which of them answers. Everything in it is JSON: ids in hexadecimal, times as ISO 8601 in UTC.
 */
export interface NodeApi extends PublishApi, PeopleApi, CareApi {
  status(): Promise<NodeStatus>
  /** @throws ApiError NODE_NOT_RUNNING */
  peers(): Promise<readonly PeerView[]>
  lookup(values: readonly string[]): Promise<readonly LookupAnswer[]>
  records(filter: RecordFilter): Promise<RecordPage>
  /** By record id, a beginning of one of at least eight digits, or STIX id, whose newest version is shown. @throws ApiError RECORD_NOT_FOUND, RECORD_AMBIGUOUS */
  show(id: string): Promise<RecordDetail>
  /** The records as they travel alone, with chain and log proof: what `verify` checks offline. */
  export(filter: RecordFilter): Promise<ExportPage>
  quarantine(options: { readonly limit?: number }): Promise<readonly QuarantineView[]>
  doctor(): Promise<readonly Diagnosis[]>
  /** Records as they arrive, from now on. @throws ApiError NODE_NOT_RUNNING */
  tail(signal: AbortSignal): AsyncIterable<RecordView>
  /** What others said of own records and nobody has dealt with yet: what speaks against one first, then newest first. */
  inbox(): Promise<readonly InboxItem[]>
  /** Takes an item out of the inbox. @throws ApiError RECORD_NOT_FOUND */
  settle(record: string): Promise<InboxItem>
  /**
   * Fingerprints of all values that records name under labels which the caller may see, with what makes such fingerprints: whoever
   * has them can tell of a value whether it may be known. @see docs/spec/api.md, "The filter"
   */
  filter(signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Every row of the store as it is now, for a backup file. The home's other files are not in it. */
  backup(signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Absent on a home that is no ACO's. */
  readonly aco?: AcoApi
}

export interface NodeStatus {
  readonly cluster: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly node: string
  readonly kind: Kind
  readonly roles: readonly Role[]
  readonly clearance: TlpLabel
  readonly isRunning: boolean
  readonly pid?: number
  readonly addresses: readonly string[]
  readonly certificate: { readonly id: string; readonly expires: string; readonly standing: string }
  readonly aco: {
    readonly fingerprint: string
    readonly beacon: number
    readonly at: string
    readonly nextUpdate: string
    readonly isFresh: boolean
  }
  readonly log: {
    readonly size: number
    readonly root: string
    readonly state: 'consistent' | 'behind' | 'inconsistent'
  }
  /** Those that the caller may see. */
  readonly sets: Readonly<Record<string, { readonly count: number; readonly root: string }>>
  /** In the sets that the caller may see. */
  readonly records: number
  readonly peers: number
  readonly isInSync: boolean
  /** How the sets that the caller may see stand to those of each connected member; what differs longest comes first. */
  readonly sync: readonly PeerSync[]
  /** What members brought in the sets that the caller may see, and was not taken: the latest 1,000, 100 of one member, the latest first. */
  readonly skipped: readonly SkippedRecord[]
  /** What is in the inbox. */
  readonly inbox: number
  /** Set when a peer speaks a later major than this version. */
  readonly upgradeNeeded: boolean
  readonly version: string
}

export interface PeerView {
  readonly node: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly certificate: string
  readonly certificateExpires: string
  readonly standing: string
  readonly connectedAt: string
  readonly score: number
  readonly topics: readonly string[]
}

export interface RecordView {
  readonly record: string
  readonly stixId: string
  readonly type: string
  readonly tlp: TlpLabel
  readonly organisation: { readonly id: string; readonly name: string }
  readonly author: string
  readonly published: string
  readonly arrived: string
  /** Place in this node's order of arrival. */
  readonly sequence: number
  readonly expires: string
  readonly summary: string
}

export type Relation = 'exact' | 'cidr' | 'url-host' | 'parent-domain' | 'url-prefix' | 'below'

export interface LookupHit extends RecordView {
  readonly matched: { readonly type: string; readonly value: string; readonly relation: Relation }
  readonly confidence?: number
  readonly validFrom?: string
  readonly validUntil?: string
  /** Past its `valid_until`: kept and shown as such. */
  readonly isValid: boolean
  /** Why the gate of this node would have held the matched value back. It says nothing of what is in the set. */
  readonly flags: readonly GateFinding[]
  readonly feedback: Feedback
}

/**
 * What members say of an object. Organisations are counted and not records, so that nobody speaks twice; of the newest 1,000
 * comments that the caller may see, 100 of one organisation.
 */
export interface Feedback {
  /** Who saw it. */
  readonly sightings: number
  /** Who calls it a false positive by a sighting. */
  readonly negative: number
  /** Whose newest opinion agrees. */
  readonly agree: number
  /** Whose newest opinion disagrees. */
  readonly disagree: number
  readonly notes: number
}

export interface LookupAnswer {
  readonly query: string
  /** What the query was taken for; empty when it was not recognised. */
  readonly understood: readonly { readonly type: string; readonly value: string }[]
  readonly hits: readonly LookupHit[]
  /** Of all that match; `hits` is cut at 100. */
  readonly total: number
}

export interface RecordFilter {
  readonly type?: string
  readonly tlp?: TlpLabel
  /** Organisation: id or exact name. */
  readonly by?: string
  readonly stixId?: string
  readonly record?: string
  /** Only records that arrived after this place in the order of arrival. */
  readonly after?: number
  /** @default 100, at most 1,000 */
  readonly limit?: number
}

export interface RecordPage {
  readonly records: readonly RecordView[]
  /** Records that the node holds and the caller may see, whatever the filter. */
  readonly total: number
  /** Pass as `after` to go on. Absent on the last page. */
  readonly next?: number
}

/**
 * A record; or what this node still knows of one that was taken back, which has no proof. What it does not know is absent: it
 * keeps less of what was erased, and nothing of what was taken back before it came.
 */
export interface RecordDetail extends RecordLine, Partial<RecordProof> {
  /** Null for a tombstone, and for what was taken back. */
  readonly stix: unknown
  readonly observables: readonly { readonly type: string; readonly value: string }[]
  /** Of every author, newest first. */
  readonly versions: readonly string[]
  readonly flags: readonly GateFinding[]
  readonly life: RecordLife
}

type Forgotten = 'author' | 'published' | 'arrived' | 'sequence'
type RecordLine = Omit<RecordView, Forgotten> & Partial<Pick<RecordView, Forgotten>>

/** Why a record is believed, and why it is shown. */
export interface RecordProof {
  readonly chain: string
  readonly seq: number
  readonly header: string
  readonly index: number
  readonly batch: number
  readonly root: string
  readonly path: readonly string[]
  readonly certificates: readonly {
    readonly subject: string
    readonly name: string
    readonly id: string
    readonly notBefore: string
    readonly expires: string
  }[]
  readonly log: { readonly index?: number; readonly size: number; readonly root: string }
  readonly releasedBy: string
}

/** Everything that is known to have happened to a record. */
export interface RecordLife {
  /** Of the same author's organisation, newest first. */
  readonly versions: readonly {
    readonly record: string
    readonly published: string
    readonly modified?: string
    readonly tlp: TlpLabel
    readonly expires: string
  }[]
  readonly feedback: Feedback
  /** Sightings, opinions and notes about it, newest first, at most 100. */
  readonly said: readonly {
    readonly record: string
    readonly kind: 'sighting' | 'opinion' | 'note'
    readonly organisation: { readonly id: string; readonly name: string }
    readonly at: string
    readonly isNegative: boolean
    readonly summary: string
  }[]
  readonly retraction?: {
    readonly tombstone: string
    readonly organisation: { readonly id: string; readonly name: string }
    readonly at: string
    readonly arrived: string
    readonly reason: RetractionReason
    /** The bytes are gone from this node's disk. */
    readonly isErased: boolean
  }
  /** When each node is known to have had it, earliest first: its author, this node, and whoever was found to hold the same set since. */
  readonly had: readonly {
    readonly node: string
    readonly organisation: { readonly id: string; readonly name: string }
    /** Absent for a node that is known to hold the retraction alone. */
    readonly at?: string
    readonly how: 'author' | 'arrived' | 'same-set' | 'unknown'
    /** The node is known to hold the retraction since. */
    readonly retractedAt?: string
  }[]
}

/** Something that another member said of an own record. */
export interface InboxItem {
  /** Of the sighting, opinion or note. */
  readonly record: string
  readonly kind: 'sighting' | 'opinion' | 'note'
  readonly isNegative: boolean
  readonly organisation: { readonly id: string; readonly name: string }
  readonly at: string
  readonly summary: string
  /** The own record that it is about. */
  readonly about: { readonly record: string; readonly stixId: string; readonly summary: string }
}

export interface ExportPage {
  readonly items: readonly ExportItem[]
  readonly next?: number
}

/** One record with all that a stranger needs to check it: base64url of each part. */
export interface ExportItem {
  readonly record: string
  readonly tlp: TlpLabel
  /** The STIX object as RFC 8785 text. */
  readonly stix: string
  /** A lone record: header, leaf, index, path. */
  readonly proof: string
  /** Node, operator, root. */
  readonly chain: readonly string[]
}

export interface QuarantineView {
  readonly at: string
  readonly code: string
  readonly from: string
  readonly what: string
  readonly detail: string
}

export interface Diagnosis {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'failed'
  readonly detail: string
  /** What to do about it; absent when all is well. */
  readonly remedy?: string
}
