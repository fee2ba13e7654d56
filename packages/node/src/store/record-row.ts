import { TLP_LABELS } from '@intelmesh/protocol'
import type { Observable } from '@intelmesh/stix'
import type { RecordRow } from './interface.ts'
import { readNumber, TIME_BYTES, timeNumber, timeOf, writeNumber } from './keys.ts'

/**
 * A row of the table `records`, without the id, which is the hash of the leaf: fixed columns, texts and hashes with their lengths,
 * the leaf. Words that stand in the leaf too are written again: LevelDB's compression makes them a few bytes.
 *
 * @throws RangeError for columns beyond their bounds
 * @see docs/spec/store.md, "Records"
 */
export function encodeRecord(row: Omit<RecordRow, 'id'>): Uint8Array {
  const { path = [], retracts, references, observables, stixId = '', stixType = '' } = row
  const texts = [stixId, stixType, ...observables.flatMap(({ type, value }) => [type, value]), ...references]
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const size =
    FIXED_BYTES +
    HASH_BYTES * (path.length + retracts.length) +
    lengths.reduce((sum, length) => sum + 2 + length, 0) +
    row.leaf.length
  const bytes = Buffer.allocUnsafe(size)
  bytes.write(row.header, HEADER, 'hex')
  bytes.write(row.author, AUTHOR, 'hex')
  bytes.write(row.organisation, ORGANISATION, 'hex')
  bytes.writeBigUInt64BE(row.hlc, HLC)
  bytes.writeUInt16BE(row.index, INDEX)
  bytes[SET] = SETS.indexOf(row.set)
  bytes[TLP] = TLP_LABELS.indexOf(row.tlp)
  writeNumber(bytes, EXPIRES, row.expires, TIME_BYTES)
  writeNumber(bytes, ARRIVED, timeNumber(row.arrivedAt), TIME_BYTES)
  writeNumber(bytes, VERSION, timeNumber(row.stixVersion), TIME_BYTES)
  // A path that is there and empty differs from none.
  bytes[PATH_COUNT] = row.path === undefined ? NONE : path.length
  bytes[HAS] = (row.stixId === undefined ? 0 : HAS_ID) + (row.stixType === undefined ? 0 : HAS_TYPE)
  bytes.writeUInt16BE(observables.length, OBSERVABLE_COUNT)
  bytes.writeUInt16BE(retracts.length, RETRACT_COUNT)
  bytes.writeUInt16BE(references.length, REFERENCE_COUNT)
  let at = FIXED_BYTES
  for (const hash of path) {
    bytes.set(hash, at)
    at += HASH_BYTES
  }
  for (const hash of retracts) at += bytes.write(hash, at, 'hex')
  for (const [i, text] of texts.entries()) {
    at = bytes.writeUInt16BE(lengths[i] as number, at)
    at += bytes.write(text, at)
  }
  bytes.set(row.leaf, at)
  return bytes
}

/** The record of a row that {@link encodeRecord} wrote; its leaf is a view of the row. */
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
    type: text() as Observable['type'],
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
