import type { Kind, RetractionReason, Role, TlpLabel } from '@intelmesh/protocol'
import type { AcoApi } from './aco-api.ts'

/**
 * What people and programs ask of a node. The running node, a home opened without one, and the HTTP client all implement it, so
 * a command need not know which of them answers. Everything in it is JSON: ids in hexadecimal, times as ISO 8601 in UTC.
 */
export interface NodeApi {
  status(): Promise<NodeStatus>
  /** @throws ApiError NODE_NOT_RUNNING */
  peers(): Promise<readonly PeerView[]>
  /** Publishes what can be published; refuses the rest, item by item. On disk when it returns. */
  publish(request: PublishRequest): Promise<PublishResult>
  /** Takes records of the own organisation back. */
  retract(request: RetractRequest): Promise<RetractResult>
  lookup(values: readonly string[]): Promise<readonly LookupAnswer[]>
  records(filter: RecordFilter): Promise<RecordPage>
  /** By record id or STIX id; newest version first. @throws ApiError RECORD_NOT_FOUND */
  show(id: string): Promise<RecordDetail>
  /** The records as they travel alone, with chain and log proof: what `verify` checks offline. */
  export(filter: RecordFilter): Promise<ExportPage>
  quarantine(options: { readonly limit?: number }): Promise<readonly QuarantineView[]>
  doctor(): Promise<readonly Diagnosis[]>
  /** Records as they arrive, from now on. @throws ApiError NODE_NOT_RUNNING */
  tail(signal: AbortSignal): AsyncIterable<RecordView>
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
  readonly sets: Readonly<Record<string, { readonly count: number; readonly root: string }>>
  readonly records: number
  readonly peers: number
  readonly isInSync: boolean
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

export interface PublishRequest {
  /** Objects to publish: raw JSON texts of STIX objects, one each, so that no number is changed on the way. */
  readonly objects: readonly { readonly text: string; readonly where: string }[]
  /** Marking definitions of the same input that are not among `objects`: consulted for labels, and not published. */
  readonly markings?: readonly string[]
  readonly tlp: TlpLabel
  readonly channel?: string
  /** ISO 8601 instant, or absent for the default of the object's type. */
  readonly expires?: string
  readonly dryRun?: boolean
}

export interface PublishResult {
  readonly published: readonly {
    readonly record: string
    readonly stixId: string
    readonly type: string
    readonly where: string
  }[]
  readonly refused: readonly {
    readonly where: string
    readonly stixId?: string
    readonly code: string
    readonly path: string
    readonly reason: string
  }[]
  readonly notices: readonly { readonly where: string; readonly code: string; readonly text: string }[]
  /** False when no node runs: the records leave when it does. */
  readonly isAnnounced: boolean
}

export interface RetractRequest {
  readonly ids: readonly string[]
  readonly reason: RetractionReason
}

export interface RetractResult {
  readonly retracted: readonly { readonly record: string; readonly tombstone: string }[]
  readonly refused: readonly { readonly id: string; readonly code: string; readonly reason: string }[]
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

export type Relation = 'exact' | 'cidr' | 'url-host' | 'parent-domain' | 'url-prefix'

export interface LookupHit extends RecordView {
  readonly matched: { readonly type: string; readonly value: string; readonly relation: Relation }
  readonly confidence?: number
  readonly validFrom?: string
  readonly validUntil?: string
  /** Past its `valid_until`: kept and shown as such. */
  readonly isValid: boolean
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
  /** Records that the node holds, whatever the filter. */
  readonly total: number
  /** Pass as `after` to go on. Absent on the last page. */
  readonly next?: number
}

export interface RecordDetail extends RecordView {
  readonly stix: unknown
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
  readonly observables: readonly { readonly type: string; readonly value: string }[]
  readonly versions: readonly string[]
  readonly retractedBy?: string
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
