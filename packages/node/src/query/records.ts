import { mayRelease, parseHeader, parseLeaf, toBase64url, toHex } from '@intelmesh/protocol'
import { loneBytes } from '../admission/index.ts'
import type { ExportItem, ExportPage, RecordFilter, RecordPage } from '../api.ts'
import { ApiError } from '../errors.ts'
import type { RecordQuery, StoredRecord } from '../store/index.ts'
import { mayShow, type QueryComponents, visibleRecords } from './may-show.ts'
import { viewOf } from './views.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** Lists records in their order of arrival. */
export async function listRecords(components: QueryComponents, filter: RecordFilter): Promise<RecordPage> {
  const { rows, next } = await page(components, filter, false)
  return {
    records: rows
      .filter((row) => mayShow(components, row))
      .map((row) => viewOf(components.trust.roster, components.crypto, row)),
    total: visibleRecords(components.store, components.clearance()),
    ...(next !== undefined && { next }),
  }
}

/** Records with everything that a stranger needs to verify them. Only what the release policy lets out of the house for this asker. */
export async function exportRecords(components: QueryComponents, filter: RecordFilter): Promise<ExportPage> {
  const { rows, next } = await page(components, filter, true)
  const items: ExportItem[] = []
  for (const row of rows) {
    const releasable = { tlp: row.tlp, cluster: components.trust.cluster, expires: row.expires }
    const to = { kind: 'own', clearance: components.clearance() } as const
    if (mayRelease(releasable, 'recipient', to, 'export', components.release()).allowed)
      items.push(...(await exportItem(components, row)))
  }
  return { items, ...(next !== undefined && { next }) }
}

/** None where the record went since it was read. */
async function exportItem(
  { store, trust, crypto }: QueryComponents,
  row: StoredRecord,
): Promise<readonly ExportItem[]> {
  const { stix } = parseLeaf(crypto, row.leaf).body
  const proof = await loneBytes(store, crypto, row)
  if (proof === undefined) return []
  return [
    {
      record: row.id,
      tlp: row.tlp,
      stix: new TextDecoder().decode(stix ?? new Uint8Array(0)),
      proof: toBase64url(proof),
      chain: await chainOf(trust, store, row),
    },
  ]
}

async function chainOf(
  trust: QueryComponents['trust'],
  store: QueryComponents['store'],
  row: StoredRecord,
): Promise<readonly string[]> {
  const header = await store.header(row.header)
  const known = header && trust.roster.byId(toHex(parseHeader(header.bytes).claims.certificate))
  return known === undefined ? [] : trust.roster.chainOf(known).map(toBase64url)
}

async function page(
  components: QueryComponents,
  filter: RecordFilter,
  plainOnly: boolean,
): Promise<{ rows: readonly StoredRecord[]; next?: number }> {
  const limit = Math.min(filter.limit ?? DEFAULT_LIMIT, MAX_LIMIT)
  if (filter.record !== undefined) {
    const row = await components.store.record(filter.record)
    const isAsked = row !== undefined && !(plainOnly && row.retracts.length > 0)
    return { rows: isAsked ? [row] : [] }
  }
  const query: RecordQuery = {
    ...(filter.type !== undefined && { type: filter.type }),
    ...(filter.tlp !== undefined && { tlp: filter.tlp }),
    ...(filter.by !== undefined && { organisation: organisationOf(components, filter.by) }),
    ...(filter.stixId !== undefined && { stixId: filter.stixId }),
    // Whether there is a next page must not tell of what is not shown.
    within: components.clearance(),
    afterSequence: filter.after ?? 0,
    limit: limit + 1,
    plainOnly,
  }
  const rows = await components.store.queryRecords(query)
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { rows: shown, ...(rows.length > limit && last && { next: last.sequence }) }
}

/** An organisation by id or exact name. @throws ApiError WHO_UNKNOWN, WHO_AMBIGUOUS */
function organisationOf({ trust }: QueryComponents, who: string): string {
  const ids = new Set<string>()
  for (const { certificate } of trust.roster.all()) {
    const { organisation, name, subject } = certificate.claims.mesh
    if (subject === 'node' && (name === who || toHex(organisation) === who)) ids.add(toHex(organisation))
  }
  const [id, ...others] = ids
  if (id === undefined) throw new ApiError('WHO_UNKNOWN', `no organisation ${who} is known here`)
  if (others.length > 0) throw new ApiError('WHO_AMBIGUOUS', `${who} may be ${[...ids].join(' or ')}`)
  return id
}
