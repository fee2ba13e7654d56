import { isWithin } from '@intelmesh/protocol'
import { isBelow, type LookupKey, type Observable, parseQuery, type StixObject } from '@intelmesh/stix'
import type { Feedback, LookupAnswer, LookupHit } from '../api.ts'
import { commentsOn, feedbackOf, type KnownComments } from './comments.ts'
import type { Hex, Posting, Postings, StoredRecord } from '../store/index.ts'
import { labelsWithin } from './labels-within.ts'
import { mayShow, type QueryComponents } from './may-show.ts'
import { shareOfEach } from './share-of-each.ts'
import { newestIdOf } from './versions.ts'
import { stixOf, viewOf } from './views.ts'

/** Enough to keep the disk busy; thousands would take the memory of all their reads at once. */
const VALUES_AT_ONCE = 64
/** Hits shown for one query. */
const MAX_HITS = 100
/** Records of one organisation that are read for one key. Most of them may be versions that later ones replaced. */
const MAX_OF_ONE = 1_000
/** Records of all organisations that are read for one key. */
const MAX_READ = 5_000
/** Values below a name or in a network whose records are listed. */
const MAX_BELOW = 1_000
/** Records read at once: with the largest there are, some MiB. */
const READ_STEP = 16

/** Looks values up in the own replica. An answer comes for every query, in their order. */
export async function lookupValues(
  components: QueryComponents,
  values: readonly string[],
): Promise<readonly LookupAnswer[]> {
  const memory = { feedbackOn: createListener(components), newestOf: createNewestFinder(components) }
  const answers: LookupAnswer[] = []
  for (let at = 0; at < values.length; at += VALUES_AT_ONCE) {
    const some = values.slice(at, at + VALUES_AT_ONCE)
    answers.push(
      ...(await Promise.all(some.map((value) => lookupValue({ ...components, ...memory }, value)))),
    )
  }
  return answers
}

interface LookupComponents extends QueryComponents {
  readonly feedbackOn: (stixId: string) => Promise<Feedback>
  /** Record id of the newest version that its organisation published of the object that a record holds. */
  readonly newestOf: (record: StoredRecord, stixId: string) => Promise<Hex | undefined>
}

async function lookupValue(components: LookupComponents, query: string): Promise<LookupAnswer> {
  const { store, clearance } = components
  const labels = labelsWithin(clearance())
  const keys = parseQuery(query, (family) => store.sidecar.networkLengths(family, labels))
  const hits: LookupHit[] = []
  const seen = new Set<number>()
  let total = 0
  for (const key of keys) {
    const { sequences, count } = naming(components, await rowsOf(components, key))
    total += count
    const found: LookupHit[] = []
    for (let at = 0; at < sequences.length && hits.length + found.length < MAX_HITS; at += READ_STEP) {
      const step = sequences.slice(at, at + READ_STEP)
      const fresh = await store.recordsAt(step.filter((sequence) => !seen.has(sequence)))
      const read = await Promise.all(fresh.map((record) => hitOf(components, record, key)))
      const shown = read.filter((hit) => hit !== undefined)
      // What a range of keys holds besides may be what a later key leads to.
      for (const { sequence } of shown) seen.add(sequence)
      total -= step.length - shown.length
      found.push(...shown)
    }
    hits.push(...found.slice(0, MAX_HITS - hits.length).toSorted((a, b) => b.sequence - a.sequence))
  }
  const understood = keys
    .filter(({ relation }, i) => relation === 'exact' || i === 0)
    .map(({ type, value }) => ({ type, value }))
  return { query, understood, hits, total: Math.max(total, hits.length) }
}

/** The rows of the index that a key leads to. What is not known costs no read. */
async function rowsOf({ store }: QueryComponents, key: LookupKey): Promise<readonly Postings[]> {
  if (key.relation === 'below') return store.postingsBelow(key, MAX_BELOW)
  return store.knows(key) ? [await store.postings(key)] : []
}

/**
 * Records that name a value under labels that the asker may see: the newest arrival of each organisation, then the next of each,
 * and so on. How many there are counts all, also what is not read.
 */
function naming(
  { clearance }: QueryComponents,
  rows: readonly Postings[],
): { readonly sequences: readonly number[]; readonly count: number } {
  const isVisible = ({ tlp }: Pick<Posting, 'tlp'>): boolean => isWithin(tlp, clearance())
  const isInShare = shareOfEach(MAX_OF_ONE)
  const places = new Map<Hex, number>()
  const ranks = new Map<number, number>()
  let count = 0
  for (const { listed, counts } of rows) {
    for (const { count: said } of counts.filter(isVisible)) count += said
    for (const { sequence, organisation } of listed.filter(isVisible)) {
      // A record may name several values of those below one.
      if (ranks.has(sequence)) count -= 1
      if (ranks.has(sequence) || !isInShare(organisation)) continue
      const place = places.get(organisation) ?? 0
      places.set(organisation, place + 1)
      ranks.set(sequence, place)
    }
  }
  const sequences = [...ranks.keys()].toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))
  return { sequences: sequences.slice(0, MAX_READ), count }
}

/** A hit, unless the asker may not see it, it names another value, or its author has published a later version. */
async function hitOf(
  components: LookupComponents,
  record: StoredRecord,
  key: LookupKey,
): Promise<LookupHit | undefined> {
  const value = matchedBy(record, key)
  if (value === undefined || !mayShow(components, record)) return undefined
  const { stixId } = record
  if (stixId !== undefined && (await components.newestOf(record, stixId)) !== record.id) return undefined
  const object = stixOf(components.crypto, record)
  return object === undefined
    ? undefined
    : {
        ...viewOf(components.trust.roster, components.crypto, record, object),
        ...meaningOf(object, components.clock()),
        matched: { ...value, relation: key.relation },
        flags: components.gate.checkValue(value),
        feedback: await components.feedbackOn(object.id),
      }
}

/** The value of a record that a key stands for. The index finds records by hashes, which two values may share. */
function matchedBy({ observables }: StoredRecord, key: LookupKey): Observable | undefined {
  const isMeant = (value: Observable): boolean =>
    key.relation === 'below' ? isBelow(value, key) : value.type === key.type && value.value === key.value
  const found = observables.find(isMeant)
  return found && { type: found.type, value: found.value }
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

/** Finds newest versions, each once in a request: an object may have very many. */
function createNewestFinder(components: QueryComponents): LookupComponents['newestOf'] {
  const found = new Map<string, Promise<Hex | undefined>>()
  return (record, stixId) => {
    const name = `${record.organisation} ${stixId}`
    const held = found.get(name) ?? newestIdOf(components, record, stixId)
    found.set(name, held)
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
