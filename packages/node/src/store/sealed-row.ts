import { crc32 } from 'node:zlib'
import { damaged } from './errors.ts'
import { readNumber } from './keys.ts'
import { tableOf, TABLES, type TableName } from './tables.ts'

/** The key in LevelDB of a row. */
export function rowKey(table: TableName, key: Uint8Array): Uint8Array {
  const name = new Uint8Array(1 + key.length)
  name[0] = TABLES[table]
  name.set(key, 1)
  return name
}

/**
 * A row as LevelDB gets it: its key, and its value with a checksum over both behind it, since LevelDB does not verify its own
 * when it reads.
 */
export function sealRow(
  table: TableName,
  key: Uint8Array,
  value: Uint8Array,
): { readonly name: Uint8Array; readonly sealed: Uint8Array } {
  const nameLength = 1 + key.length
  const length = nameLength + value.length
  const row = Buffer.allocUnsafe(length + CHECKSUM_BYTES)
  row[0] = TABLES[table]
  row.set(key, 1)
  row.set(value, nameLength)
  row.writeUInt32BE(crc32(row.subarray(0, length)), length)
  return { name: row.subarray(0, nameLength), sealed: row.subarray(nameLength) }
}

/** A value with its checksum behind it, for a row whose key in LevelDB is known. */
export function sealValue(name: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES)
  sealed.set(value)
  sealed.writeUInt32BE(crc32(value, crc32(name)), value.length)
  return sealed
}

/** The value of a row, a view of its bytes. @throws StoreError STORE_DAMAGED when the checksum does not fit */
export function openRow(name: Uint8Array, sealed: Uint8Array): Uint8Array {
  const length = sealed.length - CHECKSUM_BYTES
  const value = new Uint8Array(sealed.buffer, sealed.byteOffset, Math.max(length, 0))
  if (length < 0 || checksumIn(sealed, length) !== crc32(value, crc32(name)))
    throw damaged(`a row of the table ${tableOf(name[0]) ?? 'of an earlier schema'} is not as it was written`)
  return value
}

function checksumIn(sealed: Uint8Array, at: number): number {
  return readNumber(sealed, at, CHECKSUM_BYTES)
}

const CHECKSUM_BYTES = 4
