import { crc32 } from 'node:zlib'
import { damaged } from './errors.ts'
import type { TableName } from './tables.ts'

/** The key in LevelDB of a row. */
export function rowKey(table: TableName, key: string): string {
  return `${table}!${key}`
}

/** The value with a checksum over key and value behind it: LevelDB does not verify its own when it reads. */
export function sealRow(rowKey: string, value: Uint8Array): Uint8Array {
  const row = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES)
  row.set(value)
  row.writeUInt32BE(crc32(value, crc32(rowKey)), value.length)
  return row
}

/** The value of a row, a view of its bytes. @throws StoreError STORE_DAMAGED when the checksum does not fit */
export function openRow(rowKey: string, row: Uint8Array): Uint8Array {
  const length = row.length - CHECKSUM_BYTES
  const value = new Uint8Array(row.buffer, row.byteOffset, Math.max(length, 0))
  if (
    length < 0 ||
    new DataView(row.buffer, row.byteOffset).getUint32(length) !== crc32(value, crc32(rowKey))
  ) {
    throw damaged(`a row of the table ${rowKey.split('!', 1)[0]} is not as it was written`)
  }
  return value
}

const CHECKSUM_BYTES = 4
