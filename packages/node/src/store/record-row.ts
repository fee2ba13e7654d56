import { TLP_LABELS } from '@intelmesh/protocol'
import type { Observable } from '@intelmesh/stix'
import type { RecordRow } from './interface.ts'
import type { SealedRow } from './database.ts'
import { ORDER_BYTES, readNumber, TIME_BYTES, timeNumber, timeOf } from './keys.ts'
import type { RowArena } from './row-arena.ts'
import { VALUE_TAGS } from './sidecar/value-hash.ts'

/**
 * Writes a row of the table `records`, without the id, which is the hash of the leaf: fixed columns, texts and hashes with their lengths,
 * the leaf. Words that stand in the leaf too are written again: LevelDB's compression makes them a few bytes.
 *
 * @throws RangeError for columns beyond their bounds
 * @see docs/spec/store.md, "Records"
 */
export function writeRecord(arena: RowArena, row: Omit<RecordRow, 'id'>, sequence: number): SealedRow {
  const { path = [], retracts, references, observables, stixId = '', stixType = '' } = row
  const texts =
    stixId.length +
    stixType.length +
    observables.reduce((sum, { value }) => sum + value.length, 0) +
    references.reduce((sum, id) => sum + id.length, 0)
  const lists = 2 * (2 + references.length) + 3 * observables.length
  const hashes = HASH_BYTES * (path.length + retracts.length)
  arena.begin('records', ORDER_BYTES + FIXED_BYTES + hashes + lists + UTF8_MOST * texts + row.leaf.length)
  arena.number(sequence, ORDER_BYTES)
  arena.endKey()
  arena.hex(row.header)
  arena.hex(row.author)
  arena.hex(row.organisation)
  arena.number(Number(row.hlc >> 32n), 4)
  arena.number(Number(row.hlc & 0xffff_ffffn), 4)
  arena.number(row.index, 2)
  arena.byte(SETS.indexOf(row.set))
  arena.byte(TLP_LABELS.indexOf(row.tlp))
  arena.number(row.expires, TIME_BYTES)
  arena.number(timeNumber(row.arrivedAt), TIME_BYTES)
  arena.number(timeNumber(row.stixVersion), TIME_BYTES)
  // A path that is there and empty differs from none.
  arena.byte(row.path === undefined ? NONE : path.length)
  arena.byte((row.stixId === undefined ? 0 : HAS_ID) + (row.stixType === undefined ? 0 : HAS_TYPE))
  arena.number(observables.length, 2)
  arena.number(retracts.length, 2)
  arena.number(references.length, 2)
  for (const hash of path) arena.put(hash)
  for (const hash of retracts) arena.hex(hash)
  arena.text(stixId)
  arena.text(stixType)
  for (const { type, value } of observables) {
    arena.byte(VALUE_TAGS[type])
    arena.text(value)
  }
  for (const id of references) arena.text(id)
  arena.put(row.leaf)
  return arena.end()
}

/** Writes a row of the table `ids`. */
export function writeId(arena: RowArena, id: Uint8Array, sequence: number): SealedRow {
  arena.begin('ids', id.length + ORDER_BYTES)
  arena.put(id)
  arena.endKey()
  arena.number(sequence, ORDER_BYTES)
  return arena.end()
}

/** The record of a row that {@link writeRecord} wrote; its leaf is a view of the row. */
export function decodeRecord(row: Uint8Array): Omit<RecordRow, 'id'> {
  const bytes = Buffer.from(row.buffer, row.byteOffset, row.length)
  let at = FIXED_BYTES
  const take = (length: number): Buffer => bytes.subarray(at, (at += length))
  const text = (): string => {
    const length = bytes.readUInt16BE(at)
    at += 2 + length
    return bytes.toString('utf8', at - length, at)
  }
  const times = <T>(count: number, read: () => T): T[] => Array.from({ length: count }, read)

  const pathCount = bytes[PATH_COUNT] as number
  const path = times(pathCount === NONE ? 0 : pathCount, () => new Uint8Array(take(HASH_BYTES)))
  const retracts = times(bytes.readUInt16BE(RETRACT_COUNT), () => take(HASH_BYTES).toString('hex'))
  const [stixId, stixType] = [text(), text()]
  const observables = times(bytes.readUInt16BE(OBSERVABLE_COUNT), () => ({
    type: TYPES[take(1)[0] as number] as Observable['type'],
    value: text(),
  }))
  const references = times(bytes.readUInt16BE(REFERENCE_COUNT), text)
  const has = bytes[HAS] as number
  const stixVersion = timeOf(readNumber(bytes, VERSION, TIME_BYTES))
  return {
    leaf: new Uint8Array(bytes.buffer, bytes.byteOffset + at, bytes.length - at),
    header: bytes.toString('hex', HEADER, HEADER + HASH_BYTES),
    index: bytes.readUInt16BE(INDEX),
    author: bytes.toString('hex', AUTHOR, AUTHOR + HASH_BYTES),
    organisation: bytes.toString('hex', ORGANISATION, ORGANISATION + ORGANISATION_BYTES),
    set: SETS[bytes[SET] as number] as RecordRow['set'],
    tlp: TLP_LABELS[bytes[TLP] as number] as RecordRow['tlp'],
    hlc: bytes.readBigUInt64BE(HLC),
    expires: readNumber(bytes, EXPIRES, TIME_BYTES),
    arrivedAt: timeOf(readNumber(bytes, ARRIVED, TIME_BYTES)) ?? 0,
    observables,
    retracts,
    references,
    ...(pathCount !== NONE && { path }),
    ...((has & HAS_ID) !== 0 && { stixId }),
    ...((has & HAS_TYPE) !== 0 && { stixType }),
    ...(stixVersion !== undefined && { stixVersion }),
  }
}

/** Sets by their number in rows. */
const SETS = ['clear', 'green', 'clear/tombstones', 'green/tombstones'] as const satisfies RecordRow['set'][]
/** Types of observables by their number. */
const TYPES: readonly (Observable['type'] | undefined)[] = Array.from({ length: 256 }, (_, number) =>
  (Object.keys(VALUE_TAGS) as Observable['type'][]).find((type) => VALUE_TAGS[type] === number),
)
/** Bytes of UTF-8 for one unit of UTF-16, at most. */
const UTF8_MOST = 3
const HASH_BYTES = 32
const ORGANISATION_BYTES = 16
const HAS_ID = 1
const HAS_TYPE = 2
const NONE = 0xff

/** Where the fixed columns begin. */
const HEADER = 0
const AUTHOR = 32
const ORGANISATION = 64
const HLC = 80
const INDEX = 88
const SET = 90
const TLP = 91
const EXPIRES = 92
const ARRIVED = 99
const VERSION = 106
const PATH_COUNT = 113
const HAS = 114
const OBSERVABLE_COUNT = 115
const RETRACT_COUNT = 117
const REFERENCE_COUNT = 119
const FIXED_BYTES = 121
