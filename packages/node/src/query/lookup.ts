import { type Crypto, mayRelease, type ReleaseContext, type TlpLabel } from '@intelmesh/protocol'
import { type LookupKey, parseQuery, type StixObject } from '@intelmesh/stix'
import type { LookupAnswer, LookupHit } from '../api.ts'
import type { Store, StoredRecord } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import { stixOf, viewOf } from './views.ts'

export interface QueryComponents {
  readonly store: Store
  readonly trust: Trust
  readonly crypto: Crypto
  readonly clock: () => number
  /** The highest label that the asker may see. */
  readonly clearance: () => TlpLabel
  readonly release: () => ReleaseContext
}

/** Hits shown for one query, and postings read for one key. */
const MAX_HITS = 100

/** Looks values up in the own replica. An answer comes for every query, in their order. */
export function lookupValues(
  components: QueryComponents,
  values: readonly string[],
): Promise<readonly LookupAnswer[]> {
  return Promise.all(values.map((value) => lookupValue(components, value)))
}

async function lookupValue(components: QueryComponents, query: string): Promise<LookupAnswer> {
  const keys = parseQuery(query)
  const hits: LookupHit[] = []
  const seen = new Set<string>()
  let total = 0
  for (const key of keys) {
    const found = await components.store.lookup({ type: key.type, value: key.value }, MAX_HITS)
    if (found.total === 0) continue
    total += found.total
    for (const id of found.ids) {
      if (hits.length >= MAX_HITS) break
      const hit = seen.has(id) ? undefined : await hitOf(components, id, key)
      seen.add(id)
      if (hit === undefined) total -= 1
      else hits.push(hit)
    }
  }
  const understood = keys
    .filter(({ relation }) => relation === 'exact')
    .map(({ type, value }) => ({ type, value }))
  return { query, understood, hits, total: Math.max(total, hits.length) }
}

/** A hit, unless the asker may not see it or its author has published a later version. */
async function hitOf(
  components: QueryComponents,
  id: string,
  key: LookupKey,
): Promise<LookupHit | undefined> {
  const record = await components.store.record(id)
  if (record === undefined || !mayShow(components, record) || (await isSuperseded(components.store, record)))
    return undefined
  const object = stixOf(components.crypto, record)
  return object === undefined
    ? undefined
    : {
        ...viewOf(components.trust.roster, components.crypto, record),
        ...meaningOf(object, components.clock()),
        matched: { type: key.type, value: key.value, relation: key.relation },
      }
}

/** Whether the asker may be shown a record: the release policy says. */
export function mayShow({ trust, clearance, release }: QueryComponents, record: StoredRecord): boolean {
  const releasable = { tlp: record.tlp, cluster: trust.cluster, expires: record.expires }
  return mayRelease(releasable, 'recipient', { kind: 'own', clearance: clearance() }, 'show', release())
    .allowed
}

async function isSuperseded(store: Store, record: StoredRecord): Promise<boolean> {
  if (record.stixId === undefined || record.stixVersion === undefined) return false
  for (const id of await store.versions(record.stixId)) {
    const other = await store.record(id)
    if (other?.organisation !== record.organisation) continue
    return (other.stixVersion ?? 0) > record.stixVersion
  }
  return false
}

/** What an object says of its own confidence and time. Past its `valid_until` it stays, and is shown as no longer valid. */
function meaningOf(
  object: StixObject,
  nowMs: number,
): Pick<LookupHit, 'confidence' | 'validFrom' | 'validUntil' | 'isValid'> {
  const { confidence, valid_from: from, valid_until: until, revoked } = object
  return {
    ...(typeof confidence === 'number' && { confidence }),
    ...(typeof from === 'string' && { validFrom: from }),
    ...(typeof until === 'string' && { validUntil: until }),
    isValid: revoked !== true && (typeof until !== 'string' || Date.parse(until) > nowMs),
  }
}
