import { createHash } from 'node:crypto'
import { utf8Bytes } from '@intelmesh/protocol'
import { StoreError } from './errors.ts'

/** A row as a dump holds it. */
export interface DumpedRow {
  /** Its key in LevelDB. */
  readonly name: Uint8Array
  /** With its checksum behind it. */
  readonly sealed: Uint8Array
}

/** The bytes before the first row: magic, number of the format, schema of the rows. */
export function encodeDumpHead(schema: number): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES)
  bytes.set(MAGIC)
  bytes[MAGIC.length] = FORMAT
  viewOf(bytes).setUint32(MAGIC.length + 1, schema)
  return bytes
}

/**
 * The schema that a head names.
 *
 * @throws StoreError BACKUP_MALFORMED, BACKUP_NEWER for a format above this one
 */
export function decodeDumpHead(bytes: Uint8Array): number {
  if (bytes.length !== HEAD_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw malformed('expected the rows of a store, got something else')
  const format = bytes[MAGIC.length] as number
  if (format > FORMAT)
    throw new StoreError(
      'BACKUP_NEWER',
      `expected format ${FORMAT} of rows, got ${format}: upgrade this program`,
    )
  if (format !== FORMAT) throw malformed(`there is no format ${format} of rows`)
  return viewOf(bytes).getUint32(MAGIC.length + 1)
}

/** A row: lengths of name (two bytes) and sealed value (four), name, sealed value. @throws RangeError for a name that is too long */
export function encodeDumpedRow({
  name,
  sealed,
}: DumpedRow): readonly [head: Uint8Array, sealed: Uint8Array] {
  if (name.length > MAX_NAME_BYTES) throw new RangeError('a row has a key that is too long')
  const head = new Uint8Array(ROW_HEAD_BYTES + name.length)
  viewOf(head).setUint16(0, name.length)
  viewOf(head).setUint32(2, sealed.length)
  head.set(name, ROW_HEAD_BYTES)
  return [head, sealed]
}

/** The bytes that say how many rows there were; a SHA-256 over everything before it follows. */
export function encodeDumpEnd(rows: number): Uint8Array {
  const bytes = new Uint8Array(ROW_HEAD_BYTES + COUNT_BYTES)
  viewOf(bytes).setBigUint64(ROW_HEAD_BYTES, BigInt(rows))
  return bytes
}

/** The bytes at the head of a row or of the end, which has no name. @throws StoreError BACKUP_MALFORMED for more than a row holds */
export function decodeRowHead(bytes: Uint8Array): { readonly name: number; readonly value: number } {
  const name = viewOf(bytes).getUint16(0)
  const value = viewOf(bytes).getUint32(2)
  if (value > MAX_VALUE_BYTES || (name === 0 && value !== 0)) throw malformed('a row is larger than rows are')
  return { name, value }
}

/** What everything before the end has to hash to. */
export function createDumpHash(): ReturnType<typeof createHash> {
  return createHash('sha256')
}

/** @returns a StoreError BACKUP_MALFORMED */
export function malformed(what: string): StoreError {
  return new StoreError('BACKUP_MALFORMED', `${what}: take another backup`)
}

/** Bytes before the first row. */
export const HEAD_BYTES = 20
/** Bytes before the name of a row. */
export const ROW_HEAD_BYTES = 6
/** Bytes of the number of rows. */
export const COUNT_BYTES = 8
/** Bytes of the hash at the end. */
export const HASH_BYTES = 32

const MAGIC: Uint8Array = utf8Bytes('intelmesh rows\n')
const FORMAT = 1
const MAX_NAME_BYTES = 0xffff
/** A row to 32 MiB, the most that a reader decodes, and its checksum. */
const MAX_VALUE_BYTES: number = 32 * 1024 * 1024 + 4

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
