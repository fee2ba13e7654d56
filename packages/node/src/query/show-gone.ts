import { hlcTime, openLoneRecord, parseLeaf, type RetractionReason } from '@intelmesh/protocol'
import { type Grave, shelvedBytes, shelfPrefix, type ShelfRow } from '../admission/index.ts'
import type { RecordDetail } from '../api.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import type { Gone } from './find-record.ts'
import { lifeOf } from './life.ts'
import type { QueryComponents } from './may-show.ts'
import { expiryOf, isoTime, organisationView, publishedAt } from './views.ts'

/** What is known of a record that was taken back. */
export async function showGone(
  components: QueryComponents,
  { id, grave, tombstones }: Gone,
): Promise<RecordDetail> {
  const { trust } = components
  const [tombstone] = tombstones
  const reasons = tombstones.map((each) => reasonOf(components, each))
  const { stixId, type } = await onShelf(components, id, tombstones)
  const view = {
    tombstone: tombstone.id,
    organisation: organisationView(trust.roster, tombstone),
    at: publishedAt(tombstone),
    arrived: isoTime(tombstone.arrivedAt),
    reason: reasonOf(components, tombstone),
    isErased: reasons.includes('leak'),
  }
  return {
    record: id,
    stixId: stixId ?? '',
    type: type ?? '',
    tlp: tombstone.tlp,
    organisation: organisationView(trust.roster, grave ?? tombstone),
    expires: expiryOf(grave ?? tombstone),
    summary: 'taken back',
    ...(grave && rememberedOf(grave)),
    stix: null,
    observables: [],
    versions: [],
    flags: [],
    life: await lifeOf(components, {
      stixId,
      organisation: grave?.organisation,
      place: grave && { ...grave, hlc: BigInt(grave.hlc) },
      retraction: { tombstone, view },
    }),
  }
}

function rememberedOf({
  author,
  hlc,
  arrivedAt,
  sequence,
}: Grave): Pick<RecordDetail, 'author' | 'published' | 'arrived' | 'sequence'> {
  return {
    author,
    published: isoTime(hlcTime(BigInt(hlc))),
    ...(sequence !== undefined && { arrived: isoTime(arrivedAt), sequence }),
  }
}

function reasonOf({ crypto }: QueryComponents, tombstone: StoredRecord): RetractionReason {
  return parseLeaf(crypto, tombstone.leaf).body.reason ?? 'error'
}

/** Which object it was, while it is kept aside. */
async function onShelf(
  { store, crypto }: QueryComponents,
  id: Hex,
  tombstones: readonly StoredRecord[],
): Promise<{ readonly stixId?: string; readonly type?: string }> {
  for (const { author } of tombstones) {
    const row = (await store.ledger(shelfPrefix(author) + id)) as ShelfRow | undefined
    if (row === undefined) continue
    const { stix } = parseLeaf(crypto, openLoneRecord(crypto, shelvedBytes(row)).leaf).body
    if (stix === undefined) return {}
    const object = JSON.parse(new TextDecoder().decode(stix)) as { id: string; type: string }
    return { stixId: object.id, type: object.type }
  }
  return {}
}
