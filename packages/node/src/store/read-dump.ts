import { compareBytes } from '@intelmesh/protocol'
import {
  COUNT_BYTES,
  createDumpHash,
  decodeDumpHead,
  decodeRowHead,
  type DumpedRow,
  HASH_BYTES,
  HEAD_BYTES,
  malformed,
  ROW_HEAD_BYTES,
} from './dump-format.ts'
import { StoreError } from './errors.ts'
import { openRow } from './sealed-row.ts'

/** The rows of a dump, read once and in order. */
export interface ReadDump {
  readonly schema: number
  /**
   * Rows with their values checked. That it ends without an error says that they are all there as they were written: until then
   * nothing of it counts.
   *
   * @throws StoreError BACKUP_MALFORMED, BACKUP_TRUNCATED, BACKUP_MISMATCH
   */
  readonly rows: AsyncIterable<DumpedRow & { readonly value: Uint8Array }>
}

/**
 * Reads the head of a dump, in whatever pieces its bytes come. Holds one row at a time.
 *
 * @throws StoreError BACKUP_MALFORMED, BACKUP_TRUNCATED, BACKUP_NEWER, and whatever `pieces` throws
 */
export async function readDump(pieces: AsyncIterator<Uint8Array>): Promise<ReadDump> {
  const hash = createDumpHash()
  const source = createByteSource(pieces)

  async function hashed(length: number): Promise<Uint8Array> {
    const bytes = await source.take(length)
    hash.update(bytes)
    return bytes
  }

  async function* rows(): AsyncIterable<DumpedRow & { readonly value: Uint8Array }> {
    let count = 0n
    let last: Uint8Array = new Uint8Array()
    for (;;) {
      const length = decodeRowHead(await hashed(ROW_HEAD_BYTES))
      if (length.name === 0) break
      const name = await hashed(length.name)
      if (compareBytes(last, name) >= 0) throw malformed('expected rows in ascending order')
      last = name
      const row = { name, sealed: await hashed(length.value) }
      yield { ...row, value: valueOf(row) }
      count++
    }
    const expected = await hashed(COUNT_BYTES)
    if (Buffer.from(expected).readBigUInt64BE() !== count) throw mismatch(`it does not have ${count} rows`)
    if (compareBytes(hash.digest(), await source.take(HASH_BYTES)) !== 0) throw mismatch('its hash differs')
    if (!(await source.isAtEnd())) throw malformed('expected nothing after the hash')
  }

  return { schema: decodeDumpHead(await hashed(HEAD_BYTES)), rows: rows() }
}

/** The value of a row, once its checksum holds. */
function valueOf({ name, sealed }: DumpedRow): Uint8Array {
  try {
    return openRow(name, sealed)
  } catch (error) {
    throw new StoreError('BACKUP_MISMATCH', 'a row is not as it was written: take another backup', {
      cause: error,
    })
  }
}

function mismatch(what: string): StoreError {
  return new StoreError('BACKUP_MISMATCH', `the backup is not as it was written (${what}): take another one`)
}

interface ByteSource {
  /** @throws StoreError BACKUP_TRUNCATED */
  take(length: number): Promise<Uint8Array>
  isAtEnd(): Promise<boolean>
}

/** Bytes in the lengths that are asked for. A length is believed only as far as bytes come. */
function createByteSource(pieces: AsyncIterator<Uint8Array>): ByteSource {
  let held: Uint8Array = new Uint8Array()

  async function more(): Promise<boolean> {
    while (held.length === 0) {
      const { done, value } = await pieces.next()
      if (done === true) return false
      held = value
    }
    return true
  }

  return {
    async take(length) {
      const parts: Uint8Array[] = []
      for (let missing = length; missing > 0;) {
        if (!(await more()))
          throw new StoreError('BACKUP_TRUNCATED', 'the rows end too early: take another backup')
        const part = held.subarray(0, missing)
        held = held.subarray(part.length)
        missing -= part.length
        parts.push(part)
      }
      return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
    },
    isAtEnd: async () => !(await more()),
  }
}
