import { type Grave, graveOf, gravesOfObject } from '../admission/index.ts'
import { ApiError } from '../errors.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import { mayShow, type QueryComponents } from './may-show.ts'
import { shareOfEach } from './share-of-each.ts'
import { newestVisible } from './versions.ts'

/** What an id leads to: a record that is held, or one that was taken back. */
export type Found = { readonly record: StoredRecord } | Gone

/** A record that is not held, for somebody's word. */
export interface Gone {
  readonly id: Hex
  /** Absent where this node never had the record: then it cannot tell whose word counts. */
  readonly grave: Grave | undefined
  /** Of its own organisation alone where that is known; oldest arrival first. */
  readonly tombstones: readonly [StoredRecord, ...StoredRecord[]]
}

/**
 * Finds what is meant by a record id, a beginning of one, or a STIX id, whose newest version it gives. What the asker may not see is
 * not there.
 *
 * @throws ApiError RECORD_NOT_FOUND, RECORD_AMBIGUOUS
 */
export async function findRecord(components: QueryComponents, asked: string): Promise<Found> {
  const found = asked.includes('--')
    ? await findNewest(components, asked)
    : await findByPrefix(components, asked.toLowerCase())
  const [first, ...others] = found
  // The same answer for what is not here and for what the asker may not see.
  if (first === undefined)
    throw new ApiError(
      'RECORD_NOT_FOUND',
      `no record ${asked} here: \`intelmesh records\` lists what there is`,
    )
  if (others.length > 0) {
    const some = found.slice(0, MAX_NAMED).map(idOf)
    throw new ApiError('RECORD_AMBIGUOUS', `${asked} may be ${some.join(' or ')}: give more digits`)
  }
  return first
}

async function findNewest(components: QueryComponents, stixId: string): Promise<readonly Found[]> {
  const record = await newestVisible(components, stixId)
  if (record !== undefined) return [{ record }]
  const gone: Gone[] = []
  for (const id of await gravesOfObject(components.store, components.crypto, stixId, {
    mostOfEach: MAX_GRAVES,
  })) {
    const each = await goneBy(components, id, await tombstonesNaming(components, id))
    if (each !== undefined) gone.push(each)
  }
  const newest = gone.toSorted((a, b) => compareAge(b, a))[0]
  return newest === undefined ? [] : [newest]
}

/** Versions of one object that one organisation took back: more than anybody makes by hand. */
const MAX_GRAVES = 64

function compareAge(a: Gone, b: Gone): number {
  return Number(BigInt(a.grave?.hlc ?? 0) - BigInt(b.grave?.hlc ?? 0))
}

/** Fewer digits are no name: somebody may mistype them. */
const LEAST_DIGITS = 8
/** Records and tombstones looked at for one prefix: as many as anybody makes begin alike. */
const MAX_CANDIDATES = 64
/** Tombstones of one organisation among them: anybody may name the records of others, and nothing comes of it. */
const MAX_OF_ONE = 8
const MAX_NAMED = 5

async function findByPrefix(components: QueryComponents, prefix: string): Promise<readonly Found[]> {
  if (!new RegExp(`^[0-9a-f]{${LEAST_DIGITS},64}$`).test(prefix)) return []
  const { store } = components
  const ids = await store.idsWithPrefix(prefix, MAX_CANDIDATES)
  const held = await visible(components, ids)
  const tombstones = await tombstonesNaming(components, prefix)
  const named = tombstones.flatMap(({ retracts }) => retracts.filter((id) => id.startsWith(prefix)))
  const gone = await Promise.all(
    [...new Set(named)].filter((id) => !ids.includes(id)).map((id) => goneBy(components, id, tombstones)),
  )
  return [...held.map((record) => ({ record })), ...gone.filter((each) => each !== undefined)]
}

/** Some tombstones of each organisation that name a record, or one that begins so. */
async function tombstonesNaming(components: QueryComponents, id: string): Promise<readonly StoredRecord[]> {
  const isInShare = shareOfEach(MAX_OF_ONE)
  const ids = await components.store.tombstonesOf(id, ({ organisation }) => isInShare(organisation))
  return visible(components, ids.slice(0, MAX_CANDIDATES))
}

async function goneBy(
  components: QueryComponents,
  id: Hex,
  tombstones: readonly StoredRecord[],
): Promise<Gone | undefined> {
  const grave = await graveOf(components.store, id)
  if (grave !== undefined && !mayShow(components, grave)) return undefined
  const [first, ...others] = tombstones.filter(
    ({ retracts, organisation }) =>
      retracts.includes(id) && (grave === undefined || organisation === grave.organisation),
  )
  return first && { id, grave, tombstones: [first, ...others] }
}

async function visible(components: QueryComponents, ids: readonly Hex[]): Promise<readonly StoredRecord[]> {
  return (await components.store.records(ids)).filter((record) => mayShow(components, record))
}

function idOf(found: Found): Hex {
  return 'record' in found ? found.record.id : found.id
}
