import { isWithin, toHex } from '@intelmesh/protocol'
import type { InboxItem } from '../api.ts'
import { ApiError } from '../errors.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import { type Comment, COMMENT_KINDS, type CommentKind, commentOf } from './comments.ts'
import { mayShow, type QueryComponents } from './may-show.ts'
import { shareOfEach } from './share-of-each.ts'
import { newestOfEach, newestVisible } from './versions.ts'
import { organisationView, publishedAt, viewOf } from './views.ts'

/**
 * What other organisations said of records of the own one that still stand, and nobody has settled: what speaks against a record
 * first, then notes and other opinions; each newest first. Who merely saw the same asks for nothing.
 */
export async function listInbox(components: QueryComponents): Promise<readonly InboxItem[]> {
  const aboutOwn = createOwnFinder(components)
  const settled = new Set(await settledRecords(components))
  const found: { readonly comment: Comment; readonly about: StoredRecord }[] = []
  for (const kind of COMMENT_KINDS) {
    for (const row of newestOfEach(await fromOthers(components, kind))) {
      const about = settled.has(row.id) ? undefined : await aboutOwn(row)
      const record = about && (await components.store.record(row.id))
      const comment = record && commentOf(components, record)
      if (about === undefined || comment === undefined) continue
      if (kind !== 'sighting' || comment.isNegative) found.push({ comment, about })
    }
  }
  return found.toSorted(byUrgency).map(({ comment, about }) => itemOf(components, comment, about))
}

/**
 * Takes an item out of the inbox, by the id of the comment or the beginning of one.
 *
 * @throws ApiError RECORD_NOT_FOUND, RECORD_AMBIGUOUS
 */
export async function settle(components: QueryComponents, asked: string): Promise<InboxItem> {
  const { store, clock } = components
  const items = await listInbox(components)
  const [item, ...others] = items.filter(
    ({ record }) => asked !== '' && record.startsWith(asked.toLowerCase()),
  )
  if (item === undefined)
    throw new ApiError(
      'RECORD_NOT_FOUND',
      `no ${asked} in the inbox: \`intelmesh inbox\` lists what there is`,
    )
  if (others.length > 0)
    throw new ApiError('RECORD_AMBIGUOUS', `${asked} may be one of ${others.length + 1}: give more digits`)
  const ids = await settledRecords(components)
  const held = await store.hasRecords(ids)
  // Comments that have expired or were taken back need no row any more.
  const gone = ids.filter((_, i) => held[i] !== true).map((id) => [SETTLED + id, undefined])
  const ledger = { ...Object.fromEntries(gone), [SETTLED + item.record]: { at: clock() } }
  await store.commit({ ledger }, { sync: true })
  return item
}

const SETTLED = 'inbox/'
/** Comments of one kind that are looked at, in all and of one organisation, and objects of others that one makes this node look for. */
const MAX_SCANNED = 5_000
const MAX_OF_ONE = 1_000
const MAX_OBJECTS = 5_000

/** A comment as it is kept while all of them are looked through: a leaf may be large. */
type CommentRow = Omit<StoredRecord, 'leaf'>

async function fromOthers(components: QueryComponents, kind: CommentKind): Promise<readonly CommentRow[]> {
  const own = ownOrganisation(components)
  const rows: CommentRow[] = []
  const isInShare = shareOfEach(MAX_OF_ONE)
  const newest = components.store.newestOfType(
    kind,
    ({ organisation, tlp }) =>
      organisation !== own && isWithin(tlp, components.clearance()) && isInShare(organisation),
  )
  for await (const record of newest) {
    const { leaf: _, ...row } = record
    if (mayShow(components, row)) rows.push(row)
    if (rows.length >= MAX_SCANNED) break
  }
  return rows
}

/** Finds the own record that a comment is about, unless it has changed since. */
function createOwnFinder(
  components: QueryComponents,
): (comment: CommentRow) => Promise<StoredRecord | undefined> {
  const own = ownOrganisation(components)
  const known = new Map<string, StoredRecord | undefined>()
  const mayAsk = shareOfEach(MAX_OBJECTS)
  return async ({ organisation, references, arrivedAt }) => {
    for (const stixId of references) {
      if (!known.has(stixId) && mayAsk(organisation))
        known.set(stixId, await newestVisible(components, stixId, own))
      const record = known.get(stixId)
      // Both are times of this organisation's clocks. A renewal is no change.
      if (record !== undefined && arrivedAt >= (record.stixVersion ?? 0)) return record
    }
    return undefined
  }
}

function ownOrganisation({ own }: QueryComponents): Hex {
  return toHex(own().certificate.claims.mesh.organisation)
}

function byUrgency(a: { readonly comment: Comment }, b: { readonly comment: Comment }): number {
  return (
    Number(b.comment.isNegative) - Number(a.comment.isNegative) ||
    b.comment.record.sequence - a.comment.record.sequence
  )
}

function itemOf(
  { trust, crypto }: QueryComponents,
  { record, kind, isNegative, summary }: Comment,
  about: StoredRecord,
): InboxItem {
  const view = viewOf(trust.roster, crypto, about)
  return {
    record: record.id,
    kind,
    isNegative,
    organisation: organisationView(trust.roster, record),
    at: publishedAt(record),
    summary,
    about: { record: about.id, stixId: view.stixId, summary: view.summary },
  }
}

async function settledRecords({ store }: QueryComponents): Promise<readonly Hex[]> {
  const ids: Hex[] = []
  for await (const [key] of store.ledgerRows(SETTLED)) ids.push(key.slice(SETTLED.length))
  return ids
}
