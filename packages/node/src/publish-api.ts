import type { RetractionReason, TlpLabel } from '@intelmesh/protocol'
import type { GateFinding } from '@intelmesh/gate'

/** What an organisation says through its node: publish, change, comment, take back. Part of {@link NodeApi}. */
export interface PublishApi {
  /**
   * Publishes what can be published; refuses the rest, item by item. On disk when it returns. @throws ApiError FEED_OVERTAKEN once
   * another run over the feed has begun
   */
  publish(request: PublishRequest): Promise<PublishResult>
  /** Publishes a new version of an own record. @throws ApiError RECORD_NOT_FOUND, RECORD_NOT_OWN, RECORD_AMBIGUOUS */
  amend(request: AmendRequest): Promise<PublishResult>
  /** Publishes a sighting, opinion or note about records. @throws ApiError RECORD_NOT_FOUND when nothing matches the target */
  comment(request: CommentRequest): Promise<PublishResult>
  /** Takes records of the own organisation back. @throws ApiError FEED_OVERTAKEN when `notIn` is not the last run into the feed */
  retract(request: RetractRequest): Promise<RetractResult>
  feeds(): Promise<readonly FeedView[]>
}

export interface PublishObject {
  /** Raw JSON text of one STIX object, so that no number is changed on the way. */
  readonly text: string
  readonly where: string
  /**
   * Made of one value of a plain list: its id follows from organisation, feed and pattern, its times are the node's, and it is
   * unchanged as long as everything else of it is.
   */
  readonly isValue?: boolean
}

export interface FeedRound {
  readonly name: string
  /** One per run over the whole list. What a finished run did not name has left the list. */
  readonly round: string
}

export interface PublishRequest {
  readonly objects: readonly PublishObject[]
  /** Marking definitions of the same input that are not among `objects`: consulted for labels, and not published. */
  readonly markings?: readonly string[]
  readonly tlp: TlpLabel
  readonly channel?: string
  /** ISO 8601 instant, or absent for the default of the object's type. */
  readonly expires?: string
  readonly dryRun?: boolean
  readonly feed?: FeedRound
  /** Values or gate lists that are let through all the same. */
  readonly allow?: readonly string[]
}

export interface PublishResult {
  readonly published: readonly {
    readonly record: string
    readonly stixId: string
    readonly type: string
    readonly where: string
    /** `renewal`: the same content again, since what the mesh holds of it expires soon. */
    readonly as: 'new' | 'version' | 'renewal'
  }[]
  /** Held already as they are: no record was made. */
  readonly unchanged: readonly { readonly record: string; readonly stixId: string; readonly where: string }[]
  /** Held back by the gate. */
  readonly held: readonly HeldBack[]
  /** What the gate found and `allow` let through. */
  readonly overridden: readonly HeldBack[]
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

export interface HeldBack extends GateFinding {
  readonly where: string
  readonly stixId: string
}

export interface AmendRequest {
  /** Record id or STIX id of an own record. */
  readonly id: string
  /** The new version: STIX id as before or absent; `modified` is set when it is not later than before. */
  readonly text: string
  readonly where: string
  /** @default the label of the version before */
  readonly tlp?: TlpLabel
  readonly expires?: string
  readonly allow?: readonly string[]
}

/** STIX 2.1 opinion-enum. */
export const OPINIONS = ['strongly-disagree', 'disagree', 'neutral', 'agree', 'strongly-agree'] as const
export type Opinion = (typeof OPINIONS)[number]

export interface CommentRequest {
  readonly kind: 'sighting' | 'opinion' | 'note'
  /** Record id, STIX id, or a value, which stands for every record that names it exactly. */
  readonly target: string
  /** @default the label of the target; a wider one is refused */
  readonly tlp?: TlpLabel
  /** Sightings: how often. @default 1 */
  readonly count?: number
  /** Sightings: a false positive. */
  readonly isNegative?: boolean
  readonly opinion?: Opinion
  /** Text of a note; explanation of an opinion; description of a sighting. */
  readonly text?: string
  readonly allow?: readonly string[]
}

export interface RetractRequest {
  /**
   * Record ids or beginnings of one, which stand for the record and the earlier versions of its object; STIX ids, which stand for
   * all own versions.
   */
  readonly ids?: readonly string[]
  /** Every own record whose only observable it is. */
  readonly values?: readonly string[]
  /** Every own record of the feed, or what the round `notIn` did not name. */
  readonly feed?: { readonly name: string; readonly notIn?: string }
  readonly reason: RetractionReason
  readonly dryRun?: boolean
}

export interface RetractResult {
  readonly retracted: readonly {
    readonly record: string
    readonly stixId: string
    readonly tombstone: string
  }[]
  readonly refused: readonly { readonly id: string; readonly code: string; readonly reason: string }[]
  /** What was not done in this call, which takes back 5,000 at most: ask again. With `dryRun`, all. */
  readonly left: number
  /** Objects in the feed before, when the request was for one. */
  readonly of?: number
}

export interface FeedView {
  readonly name: string
  readonly objects: number
  /** Last time that a run published into it. */
  readonly at: string
}
