import { hlcTime, parseLeaf, toHex, type Crypto } from '@intelmesh/protocol'
import type { JsonValue, StixObject } from '@intelmesh/stix'
import type { RecordView } from '../api.ts'
import type { Hex, StoredRecord } from '../store/index.ts'
import type { Roster } from '../trust/index.ts'

const HOUR_MS = 3_600_000
const MAX_SUMMARY = 120
const decoder = new TextDecoder()

/** An instant as people and programs read it. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString()
}

/** When the author of a record says that it published it. */
export function publishedAt({ hlc }: Pick<StoredRecord, 'hlc'>): string {
  return isoTime(hlcTime(hlc))
}

/** When a record leaves every set. */
export function expiryOf({ expires }: Pick<StoredRecord, 'expires'>): string {
  return isoTime(expires * HOUR_MS)
}

/** The STIX object of a record, or `undefined` for a tombstone. */
export function stixOf(crypto: Crypto, record: StoredRecord): StixObject | undefined {
  const { stix } = parseLeaf(crypto, record.leaf).body
  return stix === undefined ? undefined : (JSON.parse(decoder.decode(stix)) as StixObject)
}

/** The line under which a record is listed; `object` is what {@link stixOf} gives for it. */
export function viewOf(
  roster: Roster,
  crypto: Crypto,
  record: StoredRecord,
  object: StixObject | undefined = stixOf(crypto, record),
): RecordView {
  return {
    record: record.id,
    stixId: record.stixId ?? '',
    type: record.stixType ?? 'tombstone',
    tlp: record.tlp,
    organisation: organisationView(roster, record),
    author: record.author,
    published: publishedAt(record),
    arrived: isoTime(record.arrivedAt),
    sequence: record.sequence,
    expires: expiryOf(record),
    summary: object === undefined ? `takes back ${record.retracts.length}` : summaryOf(object),
  }
}

/** An organisation by the name that its node's newest certificate gives it. */
export function organisationView(
  roster: Roster,
  { author, organisation }: Pick<StoredRecord, 'author' | 'organisation'>,
): RecordView['organisation'] {
  const name = roster.ofKey(author)[0]?.certificate.claims.mesh.name
  return { id: organisation, name: name ?? organisation }
}

/** A node with its organisation, as its newest certificate names it. */
export function nodeView(
  roster: Roster,
  node: Hex,
): { node: string; organisation: RecordView['organisation'] } {
  const claims = roster.ofKey(node)[0]?.certificate.claims.mesh
  return {
    node,
    organisation: { id: claims === undefined ? '' : toHex(claims.organisation), name: claims?.name ?? '' },
  }
}

/** Text from elsewhere, cut to a line. */
export function shorten(text: string): string {
  return text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY - 1)}…` : text
}

/** Properties that say most about an object, in the order in which they are looked for. */
const TELLING = [
  'name',
  'pattern',
  'value',
  'abstract',
  'content',
  'relationship_type',
  'opinion',
  'product',
  'path',
  'key',
  'command_line',
  'description',
] as const

function summaryOf(object: StixObject): string {
  for (const property of TELLING) {
    const value: JsonValue | undefined = object[property]
    if (typeof value === 'string' && value !== '') return shorten(value)
  }
  return object.id
}
