import { toHex } from '@intelmesh/protocol'
import type { InboxItem } from '../api.ts'
import { ApiError } from '../errors.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import { type Comment, COMMENT_KINDS, type CommentKind, commentOf } from './comments.ts'
import { mayShow, type QueryComponents } from './may-show.ts'
import { newestOfEach, visibleVersions } from './versions.ts'
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
    for (const record of newestOfEach(await fromOthers(components, kind))) {
      const about = settled.has(record.id) ? undefined : await aboutOwn(record)
      const comment = about && commentOf(components, record)
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
/** Comments of one kind that are looked at: whoever floods the mesh is bounded by admission, and not by this. */
const MAX_SCANNED = 5_000

async function fromOthers(components: QueryComponents, kind: CommentKind): Promise<readonly StoredRecord[]> {
  const own = ownOrganisation(components)
  const records: StoredRecord[] = []
  let scanned = 0
  for await (const record of components.store.newestOfType(kind)) {
    if (record.organisation !== own && mayShow(components, record)) records.push(record)
    if (++scanned >= MAX_SCANNED) break
  }
  return records
}

/** Finds the own record that a comment is about, unless it has changed since. */
function createOwnFinder(
  components: QueryComponents,
): (comment: StoredRecord) => Promise<StoredRecord | undefined> {
  const own = ownOrganisation(components)
  const known = new Map<string, StoredRecord | undefined>()
  return async ({ references, arrivedAt }) => {
    for (const stixId of references) {
      if (!known.has(stixId)) {
        const versions = await visibleVersions(components, stixId)
        known.set(
          stixId,
          versions.find(({ organisation }) => organisation === own),
        )
      }
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
