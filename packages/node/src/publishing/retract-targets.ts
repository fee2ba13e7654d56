import { codeOf, isWithin, type TlpLabel } from '@intelmesh/protocol'
import { parseQuery, soleObservablesOf } from '@intelmesh/stix'
import { graveOf, gravesOfObject } from '../admission/index.ts'
import type { RetractRequest, RetractResult } from '../publish-api.ts'
import { ApiError } from '../errors.ts'
import type { StoredRecord } from '../store/index.ts'
import type { PublishingParts } from './components.ts'
import { assertFeedName, assertLastRound, headOf, marksOf } from './feed-rounds.ts'
import { isHeld, isStixId, MAX_NAMING, notFound, recordCalled, recordsNaming } from './find-records.ts'
import { heldOf, isLater, objectOf, ownVersions } from './own-versions.ts'

/** As much of a record as taking it back needs. */
export type RetractTarget = Pick<StoredRecord, 'id' | 'set' | 'tlp' | 'expires' | 'stixId'> &
  Partial<Pick<StoredRecord, 'stixType' | 'observables'>>

/** What one call takes back. */
export interface RetractTargets {
  readonly records: readonly RetractTarget[]
  readonly refused: RetractResult['refused']
  /** Records, or for a feed objects, beyond what one call takes back. */
  readonly left: number
  /** Of a feed: how many objects it has, which of them have nothing left after this call, and whether all of it goes. */
  readonly feed?: { readonly of: number; readonly over: readonly string[]; readonly isOver: boolean }
}

type Reads = Pick<PublishingParts, 'store' | 'crypto' | 'organisation'>

/** Records that one call takes back: what can be signed, stored and sent within seconds. */
export const MAX_RETRACTED = 5000

/**
 * Finds what a request names among the own records, as far as `clearance` goes. With a limit of 0 everything is counted.
 *
 * @throws ApiError ARGUMENT_INVALID, FEED_OVERTAKEN
 */
export async function findTargets(
  parts: Reads,
  request: RetractRequest,
  clearance: TlpLabel,
  limit: number,
): Promise<RetractTargets> {
  const { ids = [], values = [], feed, reason: why } = request
  if (feed !== undefined && ids.length + values.length === 0)
    return targetsInFeed(parts, feed, clearance, limit)
  if (feed !== undefined || ids.length + values.length === 0)
    throw new ApiError('ARGUMENT_INVALID', 'name records by ids and values, or one feed')
  const found = new Map<string, RetractTarget>()
  const refused: RetractResult['refused'][number][] = []
  for (const [find, names] of [
    [findById, ids],
    [findByValue, values],
  ] as const)
    for (const id of names) {
      const first = await find(parts, id, clearance)
      const buried = why === 'leak' && first.own.length === 0 ? await findGone(parts, id, clearance) : []
      const { own, code, reason }: Found = buried.length > 0 ? { own: buried } : first
      if (code !== undefined) refused.push({ id, code, reason })
      for (const record of own) found.set(record.id, record)
    }
  const records = [...found.values()]
  return { records: records.slice(0, limit), refused, left: Math.max(0, records.length - limit) }
}

type Found =
  | { readonly own: readonly RetractTarget[]; readonly code?: undefined; readonly reason?: undefined }
  | { readonly own: readonly RetractTarget[]; readonly code: string; readonly reason: string }

async function findById(parts: Reads, id: string, clearance: TlpLabel): Promise<Found> {
  try {
    if (isStixId(id)) {
      const own = await ownVersions(parts, id, clearance)
      if (own.length > 0) return { own }
      return (await isHeld(parts, id, clearance)) ? NOT_OWN : unknown(id)
    }
    const record = await recordCalled(parts, id, clearance)
    return await ownAmong(parts, record === undefined ? [] : [record], id, clearance)
  } catch (error) {
    if (codeOf(error) !== 'RECORD_AMBIGUOUS') throw error
    return { own: [], code: 'RECORD_AMBIGUOUS', reason: (error as Error).message }
  }
}

/** Own records that were taken back for another reason: their bytes lie on the shelves of members until a leak takes them. */
async function findGone(parts: Reads, id: string, clearance: TlpLabel): Promise<readonly RetractTarget[]> {
  const { store, crypto, organisation } = parts
  const ids = isStixId(id)
    ? await gravesOfObject(store, crypto, id, { mostOfEach: MAX_RETRACTED, of: organisation() })
    : [id]
  const gone = await Promise.all(
    ids.map(async (each) => {
      const grave = await graveOf(store, each)
      const isOwn = grave?.organisation === organisation() && isWithin(grave.tlp, clearance)
      return isOwn ? { id: each, ...grave, ...(isStixId(id) && { stixId: id }) } : undefined
    }),
  )
  return gone.filter((each) => each !== undefined)
}

/** Records that are about the value alone: a report that names it says more than that. */
async function findByValue(parts: Reads, value: string, clearance: TlpLabel): Promise<Found> {
  const keys = parseQuery(value).filter(({ relation }) => relation === 'exact')
  const asked = new Set(keys.map((key) => `${key.type} ${key.value}`))
  const isSole = (record: StoredRecord): boolean => {
    const [only, ...others] = record.observables
    if (only === undefined || others.length > 0 || !asked.has(`${only.type} ${only.value}`)) return false
    const object = objectOf(heldOf(parts.crypto, record))
    return object.type !== 'indicator' || soleObservablesOf(object).length > 0
  }
  const organisation = parts.organisation()
  const own = await Array.fromAsync(recordsNaming(parts, value, { clearance, organisation }))
  const sole = own.filter(isSole)
  if (sole.length === 0) {
    for await (const record of recordsNaming(parts, value, { clearance }))
      if (record.organisation !== organisation && isSole(record)) return NOT_OWN
    return unknown(value)
  }
  const found = await ownAmong(parts, sole, value, clearance)
  if (own.length < MAX_NAMING) return found
  const reason = 'more records name it than are searched: take back what is left by record id'
  return { own: found.own, code: 'ARGUMENT_INVALID', reason }
}

/**
 * The own records among some, each with the earlier versions of its object: those would be the newest again. The same words stand
 * for what is not here and for what who asks may not see.
 */
async function ownAmong(
  parts: Reads,
  records: readonly StoredRecord[],
  name: string,
  clearance: TlpLabel,
): Promise<Found> {
  if (records.length === 0) return unknown(name)
  const own = records.filter(({ organisation }) => organisation === parts.organisation())
  if (own.length === 0) return NOT_OWN
  const all: StoredRecord[] = []
  for (const [stixId, some] of Map.groupBy(own, (record) => record.stixId ?? '')) {
    const newest = some.reduce((a, b) => (isLater(b, a) ? b : a))
    const versions = await ownVersions(parts, stixId, clearance)
    all.push(...versions.filter((version) => !isLater(version, newest)))
  }
  return { own: all }
}

const NOT_OWN: Found = {
  own: [],
  code: 'RECORD_NOT_OWN',
  reason: 'only the organisation that published a record can take it back',
}

function unknown(name: string): Found {
  return { own: [], code: 'RECORD_NOT_FOUND', reason: notFound(name) }
}

async function targetsInFeed(
  parts: Reads,
  { name, notIn }: NonNullable<RetractRequest['feed']>,
  clearance: TlpLabel,
  limit: number,
): Promise<RetractTargets> {
  assertFeedName(name)
  const head = await headOf(parts.store, name)
  if (head === undefined || !isWithin(head.tlp, clearance)) {
    const refused = [{ id: name, code: 'RECORD_NOT_FOUND', reason: `no feed ${name} here` }]
    return { records: [], refused, left: 0, feed: { of: 0, over: [], isOver: false } }
  }
  if (notIn !== undefined) assertLastRound(name, head, notIn)
  const records: StoredRecord[] = []
  const over: string[] = []
  let of = 0
  let left = 0
  let isOver = notIn === undefined
  for await (const [stixId, mark] of marksOf(parts.store, name)) {
    const isSeen = isWithin(mark.tlp, clearance)
    if (isSeen && mark.first !== notIn) of++
    const stays = !isSeen || mark.round === notIn
    if (stays) isOver = false
    if (stays) continue
    if (limit > 0 && records.length >= limit) {
      left++
      continue
    }
    const versions = await ownVersions(parts, stixId, 'red')
    const seen = versions.filter(({ tlp }) => isWithin(tlp, clearance))
    const taken = seen.slice(0, limit - records.length)
    records.push(...taken)
    if (taken.length < seen.length) left++
    // What has nothing left under any label, be it that it expired by itself, is no object of the feed any more.
    if (taken.length === versions.length) over.push(stixId)
  }
  return { records, refused: [], left, feed: { of, over, isOver: isOver && left === 0 } }
}
