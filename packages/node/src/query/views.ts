import { hlcTime, parseLeaf, type Crypto } from '@intelmesh/protocol'
import type { JsonValue, StixObject } from '@intelmesh/stix'
import type { RecordView } from '../api.ts'
import type { StoredRecord } from '../store/index.ts'
import type { Roster } from '../trust/index.ts'

const HOUR_MS = 3_600_000
const MAX_SUMMARY = 120
const decoder = new TextDecoder()

/** An instant as people and programs read it. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString()
}

/** The STIX object of a record, or `undefined` for a tombstone. */
export function stixOf(crypto: Crypto, record: StoredRecord): StixObject | undefined {
  const { stix } = parseLeaf(crypto, record.leaf).body
  return stix === undefined ? undefined : (JSON.parse(decoder.decode(stix)) as StixObject)
}

/** The line under which a record is listed. */
export function viewOf(roster: Roster, crypto: Crypto, record: StoredRecord): RecordView {
  const object = stixOf(crypto, record)
  return {
    record: record.id,
    stixId: record.stixId ?? '',
    type: record.stixType ?? 'tombstone',
    tlp: record.tlp,
    organisation: { id: record.organisation, name: nameOf(roster, record) },
    author: record.author,
    published: isoTime(hlcTime(record.hlc)),
    arrived: isoTime(record.arrivedAt),
    sequence: record.sequence,
    expires: isoTime(record.expires * HOUR_MS),
    summary: object === undefined ? `takes back ${record.retracts.length}` : summaryOf(object),
  }
}

function nameOf(roster: Roster, record: StoredRecord): string {
  return roster.ofKey(record.author)[0]?.certificate.claims.mesh.name ?? record.organisation
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
    if (typeof value === 'string' && value !== '')
      return value.length > MAX_SUMMARY ? `${value.slice(0, MAX_SUMMARY - 1)}…` : value
  }
  return object.id
}
