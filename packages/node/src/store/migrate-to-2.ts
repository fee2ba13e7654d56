import { parseLeaf } from '@intelmesh/protocol'
import type { Observable, StixObject } from '@intelmesh/stix'
import { nativeCrypto } from '../crypto/index.ts'
import type { Database, Operation } from './database.ts'
import type { StoredRecord } from './interface.ts'
import { observableKey, orderKey, textKey } from './keys.ts'
import { referencesOf, REFERRING } from './references.ts'
import { decodeArrival, decodeRecord, encodeRecord } from './rows.ts'
import { scrubRow } from './scrub-rows.ts'

/**
 * Brings a store from schema 1 to 2. Schema 1 had values of observables in keys as they are, and did not index what sightings,
 * opinions and notes are about. What it writes by itself it may write again: it goes on where it was broken off.
 *
 * @param step rows of one batch, about
 */
export async function migrateTo2(
  database: Database,
  { step }: { readonly step: number } = { step: 1_000 },
): Promise<readonly Operation[]> {
  await writeInSteps(database, hashedObservables(database), step)
  await writeInSteps(database, indexedReferences(database), step)
  return [scrubRow(0, { table: 'byObservable', from: OBSERVABLES_FROM, to: OBSERVABLES_TO })]
}

async function writeInSteps(
  database: Database,
  changes: AsyncIterable<readonly Operation[]>,
  step: number,
): Promise<void> {
  let batch: Operation[] = []
  for await (const operations of changes) {
    batch.push(...operations)
    if (batch.length < step) continue
    await database.write(batch, { sync: false })
    batch = []
  }
  await database.write(batch, { sync: true })
}

/** A posting under a hashed value for each under a plain one, which goes. Long values were hashed before. */
async function* hashedObservables(database: Database): AsyncIterable<readonly Operation[]> {
  for await (const [key, id] of database.entries('byObservable', {})) {
    const { type, value, sequence } = PLAIN_POSTING.exec(key)?.groups ?? {}
    if (type === undefined || value === undefined || sequence === undefined) continue
    const hashed = observableKey({ type, value } as Observable) + sequence
    yield [
      { table: 'byObservable', key: hashed, value: id },
      { table: 'byObservable', key, value: undefined },
    ]
  }
}

async function* indexedReferences(database: Database): AsyncIterable<readonly Operation[]> {
  for (const type of Object.keys(REFERRING)) {
    for await (const [, arrival] of database.entries('byType', { prefix: textKey(type) })) {
      const { id } = decodeArrival(arrival)
      const row = await database.get('records', id)
      if (row !== undefined) yield withReferences(decodeRecord(id, row))
    }
  }
}

function withReferences(record: StoredRecord): readonly Operation[] {
  const { stix } = parseLeaf(nativeCrypto, record.leaf).body
  const object = JSON.parse(new TextDecoder().decode(stix)) as StixObject
  const references = referencesOf(object)
  const { id, sequence } = record
  return [
    { table: 'records', key: id, value: encodeRecord({ ...record, references }, sequence) },
    ...references.map((stixId): Operation => ({
      table: 'byReference',
      key: textKey(stixId) + orderKey(sequence),
      value: Buffer.from(id, 'hex'),
    })),
  ]
}

const PLAIN_POSTING = /^(?<type>[^=#]+)=(?<value>.*)\0(?<sequence>[0-9a-f]{16})$/su
/** Before and after the types of observables, which are lower-case words. */
const OBSERVABLES_FROM = ' '
const OBSERVABLES_TO = '~'
