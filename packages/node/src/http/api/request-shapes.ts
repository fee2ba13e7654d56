import { KINDS, RETRACTION_REASONS, ROLES, TLP_LABELS } from '@intelmesh/protocol'
import type { InviteRequest } from '../../aco-api.ts'
import type { RecordFilter } from '../../api.ts'
import type { SyncExportRequest } from '../../care-api.ts'
import {
  AUDIT_ACTIONS,
  type AuditCheck,
  type AuditFilter,
  SCOPES,
  type TokenRequest,
} from '../../people-api.ts'
import {
  type AmendRequest,
  type CommentRequest,
  type FeedRound,
  OPINIONS,
  type PublishObject,
  type PublishRequest,
  type RetractRequest,
} from '../../publish-api.ts'
import { flag, instant, listOf, object, oneOf, optional, type Shape, text, whole } from './shape.ts'

/** A feed's worth in one request; the command line sends less at a time. */
const MAX_OBJECTS = 10_000
const MAX_WHERE = 2048
const MAX_VALUE = 4096
/** A STIX id, a record id, or a value. */
const MAX_TARGET = 4096
const MAX_ID = 300
const MAX_FEED = 100
const MAX_ALLOWED = 1000

const feedName = text(MAX_FEED)
const tlp = oneOf(TLP_LABELS)
const allow = listOf(text(MAX_VALUE), MAX_ALLOWED)

/** One STIX id, record id, or beginning of one. */
export const idText: Shape<string> = text(MAX_ID)

/** What is looked up in one request. */
export const lookupValues: Shape<readonly string[]> = listOf(text(MAX_VALUE), MAX_OBJECTS, 1)

export const publishRequest: Shape<PublishRequest> = object<PublishRequest>({
  objects: listOf(
    object<PublishObject>({ text: text(Infinity), where: text(MAX_WHERE), isValue: optional(flag) }),
    MAX_OBJECTS,
    1,
  ),
  markings: optional(listOf(text(Infinity), MAX_OBJECTS)),
  tlp,
  channel: optional(text(64)),
  expires: optional(instant),
  dryRun: optional(flag),
  feed: optional(object<FeedRound>({ name: feedName, round: text(64) })),
  allow: optional(allow),
})

export const amendRequest: Shape<AmendRequest> = object<AmendRequest>({
  id: idText,
  text: text(Infinity),
  where: text(MAX_WHERE),
  tlp: optional(tlp),
  expires: optional(instant),
  allow: optional(allow),
})

export const commentRequest: Shape<CommentRequest> = object<CommentRequest>({
  kind: oneOf(['sighting', 'opinion', 'note']),
  target: text(MAX_TARGET),
  tlp: optional(tlp),
  // STIX 2.1 section 5.2: `count` of a sighting is at most 999,999,999.
  count: optional(whole(1, 999_999_999)),
  isNegative: optional(flag),
  opinion: optional(oneOf(OPINIONS)),
  text: optional(text(100_000)),
  allow: optional(allow),
})

export const retractRequest: Shape<RetractRequest> = object<RetractRequest>({
  ids: optional(listOf(idText, MAX_OBJECTS, 1)),
  values: optional(listOf(text(MAX_VALUE), MAX_OBJECTS, 1)),
  feed: optional(object<NonNullable<RetractRequest['feed']>>({ name: feedName, notIn: optional(text(64)) })),
  reason: oneOf(RETRACTION_REASONS),
  dryRun: optional(flag),
})

export const recordFilter: Shape<RecordFilter> = object<RecordFilter>({
  type: optional(text(250)),
  tlp: optional(tlp),
  by: optional(text(100)),
  stixId: optional(idText),
  record: optional(text(64)),
  after: optional(whole(0, Number.MAX_SAFE_INTEGER)),
  limit: optional(whole(1, 1000)),
})

export const tokenRequest: Shape<TokenRequest> = object<TokenRequest>({
  person: text(100),
  scopes: optional(listOf(oneOf(SCOPES), SCOPES.length, 1)),
  clearance: optional(tlp),
  days: optional(whole(1, 3650)),
})

export const auditFilter: Shape<AuditFilter> = object<AuditFilter>({
  action: optional(oneOf(AUDIT_ACTIONS)),
  person: optional(text(100)),
  before: optional(whole(1, Number.MAX_SAFE_INTEGER)),
  limit: optional(whole(1, 1000)),
})

export const auditCheck: Shape<AuditCheck> = object<AuditCheck>({ head: optional(text(64)) })

export const inviteRequest: Shape<InviteRequest> = object<InviteRequest>({
  org: text(100),
  kind: oneOf(KINDS),
  roles: listOf(oneOf(ROLES), ROLES.length),
  clearance: tlp,
  days: whole(1, 3650),
  confirm: optional(flag),
  local: optional(flag),
  organisation: optional(text(32)),
})

/** What a file for the air gap is asked for with. */
export const exportRequest: Shape<SyncExportRequest> = object<SyncExportRequest>({ since: optional(instant) })
