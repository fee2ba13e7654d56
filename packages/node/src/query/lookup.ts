import { type LookupKey, parseQuery, type StixObject } from '@intelmesh/stix'
import type { Feedback, LookupAnswer, LookupHit } from '../api.ts'
import { commentsOn, feedbackOf, type KnownComments } from './comments.ts'
import { mayShow, type QueryComponents } from './may-show.ts'
import { isSuperseded } from './versions.ts'
import { stixOf, viewOf } from './views.ts'

/** Hits shown for one query, and postings read for one key. */
const MAX_HITS = 100

/** Looks values up in the own replica. An answer comes for every query, in their order. */
export function lookupValues(
  components: QueryComponents,
  values: readonly string[],
): Promise<readonly LookupAnswer[]> {
  const feedbackOn = createListener(components)
  return Promise.all(values.map((value) => lookupValue({ ...components, feedbackOn }, value)))
}

interface LookupComponents extends QueryComponents {
  readonly feedbackOn: (stixId: string) => Promise<Feedback>
}

async function lookupValue(components: LookupComponents, query: string): Promise<LookupAnswer> {
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
  components: LookupComponents,
  id: string,
  key: LookupKey,
): Promise<LookupHit | undefined> {
  const record = await components.store.record(id)
  if (record === undefined || !mayShow(components, record) || (await isSuperseded(components, record)))
    return undefined
  const object = stixOf(components.crypto, record)
  return object === undefined
    ? undefined
    : {
        ...viewOf(components.trust.roster, components.crypto, record),
        ...meaningOf(object, components.clock()),
        matched: { type: key.type, value: key.value, relation: key.relation },
        flags: components.gate.checkValue({ type: key.type, value: key.value }),
        feedback: await components.feedbackOn(object.id),
      }
}

/** What was said of objects, asked for once in a request however many values lead to them. */
function createListener(components: QueryComponents): (stixId: string) => Promise<Feedback> {
  const heard = new Map<string, Promise<Feedback>>()
  const known: KnownComments = new Map()
  return (stixId) => {
    const held = heard.get(stixId) ?? commentsOn(components, stixId, known).then(feedbackOf)
    heard.set(stixId, held)
    return held
  }
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
