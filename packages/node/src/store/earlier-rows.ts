import type { TlpLabel } from '@intelmesh/protocol'
import { parseLeaf } from '@intelmesh/protocol'
import type { Observable, StixObject } from '@intelmesh/stix'
import { nativeCrypto } from '../crypto/index.ts'
import type { Database } from './database.ts'
import type { RecordRow } from './interface.ts'
import { referencesOf, REFERRING } from './references.ts'
import { decodeRow, type Integer, toHex } from './row-encoding.ts'

/**
 * Rows of schemas 1 and 2: the key in LevelDB was text, the name of a table, `!`, and a key in it. No key of schema 3 begins with a
 * letter.
 */
export async function* earlierRows(
  database: Pick<Database, 'rows'>,
  table: string,
): AsyncIterable<readonly [key: string, value: Uint8Array]> {
  const { from, until } = earlierRange(table)
  for await (const [name, value] of database.rows(from, until))
    yield [Buffer.from(name.subarray(from.length)).toString(), value]
}

/** The key in LevelDB of a row of schemas 1 and 2. */
export function earlierName(table: string, key: string): Uint8Array {
  return Buffer.from(`${table}!${key}`)
}

/** The keys in LevelDB of the rows of a table. */
export function earlierRange(table: string): { readonly from: Uint8Array; readonly until: Uint8Array } {
  return { from: earlierName(table, ''), until: Buffer.from(`${table}"`) }
}

/** The keys that rows of schemas 1 and 2 have: from this one on, and before the other. */
export const EARLIER_FROM: Uint8Array = Buffer.from('a')
export const EARLIER_UNTIL: Uint8Array = Buffer.from('{')

/** Whether a key is one of schemas 1 and 2. */
export function isEarlierRow(name: Uint8Array): boolean {
  return EARLIER_ROW.test(Buffer.from(name).toString())
}

/** A row of the table `records`, without its id. Schema 1 did not have the references. */
export function decodeEarlierRecord(
  bytes: Uint8Array,
): Omit<RecordRow, 'id'> & { readonly sequence: number } {
  const row =
    decodeRow<
      [
        number,
        Uint8Array,
        Uint8Array,
        number,
        Uint8Array[] | null,
        Uint8Array,
        Uint8Array,
        RecordRow['set'],
        TlpLabel,
        Integer,
        number,
        Integer,
        string | null,
        string | null,
        Integer | null,
        [Observable['type'], string][],
        Uint8Array[],
        (readonly string[])?,
      ]
    >(bytes)
  const [sequence, leaf, header, index, path, author, organisation, set, tlp, hlc, expires, arrivedAt] = row
  const [stixId, stixType, stixVersion, observables, retracts, references] = [
    row[12],
    row[13],
    row[14],
    row[15],
    row[16],
    row[17],
  ]
  return {
    sequence: Number(sequence),
    leaf,
    header: toHex(header),
    index,
    author: toHex(author),
    organisation: toHex(organisation),
    set,
    tlp,
    hlc: BigInt(hlc),
    expires,
    arrivedAt: Number(arrivedAt),
    observables: observables.map(([type, value]) => ({ type, value })),
    retracts: retracts.map(toHex),
    references: references ?? referencesIn(leaf, stixType),
    ...(path !== null && { path }),
    ...(stixId !== null && { stixId }),
    ...(stixType !== null && { stixType }),
    ...(stixVersion !== null && { stixVersion: Number(stixVersion) }),
  }
}

function referencesIn(leaf: Uint8Array, type: string | null): readonly string[] {
  if (type === null || !Object.hasOwn(REFERRING, type)) return []
  const { stix } = parseLeaf(nativeCrypto, leaf).body
  return referencesOf(JSON.parse(new TextDecoder().decode(stix)) as StixObject)
}

const EARLIER_ROW = /^[a-z][A-Za-z]{1,20}!/
