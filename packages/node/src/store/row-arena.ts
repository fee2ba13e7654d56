import { crc32 } from 'node:zlib'
import type { SealedRow } from './database.ts'
import { writeNumber } from './keys.ts'
import { TABLES, type TableName } from './tables.ts'

/**
 * Rows written one behind the other into large buffers, each in its place and with its checksum: what a commit of many records
 * would cost otherwise is the making of small arrays. A row is begun, written, and ended before the next one.
 */
export interface RowArena {
  /** Begins a row, whose key and value have at most so many bytes. */
  begin(table: TableName, most: number): void
  byte(value: number): void
  /** A number of so many bytes, the greatest first. */
  number(value: number, length: number): void
  put(bytes: Uint8Array): void
  /** The bytes of hexadecimal digits. @throws TypeError for what is not hexadecimal */
  hex(digits: string): void
  /** Length (2) and UTF-8 of a text. @throws RangeError for one that is too long */
  text(text: string): void
  /** What was written is the key; the value follows. */
  endKey(): void
  end(): SealedRow
  /** Begins anew in the same buffers: rows that were ended before are over. */
  clear(): void
}

/** An empty arena. */
export function createRowArena(): RowArena {
  return new Arena()
}

/** A row whose key and value are there. */
export function sealedIn(arena: RowArena, table: TableName, key: Uint8Array, value: Uint8Array): SealedRow {
  arena.begin(table, key.length + value.length)
  arena.put(key)
  arena.endKey()
  arena.put(value)
  return arena.end()
}

/** Bytes of a buffer, unless a row is larger, and how many are used again: made for each commit, they keep the garbage collector busy. */
const CHUNK_BYTES: number = 64 * 1024
const KEPT_CHUNKS = 16
const CHECKSUM_BYTES = 4
const NO_BYTES: Buffer = Buffer.alloc(0)
const MAX_TEXT = 0xffff

class Arena implements RowArena {
  readonly #kept: Buffer[] = []
  /** How many of those that are kept are in use. */
  #used = 0
  #bytes: Buffer = NO_BYTES
  #at = 0
  #start = 0
  #keyEnd = 0

  begin(table: TableName, most: number): void {
    const needed = 1 + most + CHECKSUM_BYTES
    if (this.#at + needed > this.#bytes.length) this.#open(needed)
    this.#start = this.#at
    this.byte(TABLES[table])
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value
  }

  number(value: number, length: number): void {
    writeNumber(this.#bytes, this.#at, value, length)
    this.#at += length
  }

  put(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  hex(digits: string): void {
    const written = this.#bytes.write(digits, this.#at, 'hex')
    if (2 * written !== digits.length) throw new TypeError('expected hexadecimal digits of whole bytes')
    this.#at += written
  }

  text(text: string): void {
    const written = this.#bytes.write(text, this.#at + 2)
    if (written > MAX_TEXT)
      throw new RangeError(`expected a text of at most ${MAX_TEXT} bytes, got ${written}`)
    this.number(written, 2)
    this.#at += written
  }

  endKey(): void {
    this.#keyEnd = this.#at
  }

  end(): SealedRow {
    const bytes = this.#bytes
    const end = this.#at
    this.number(crc32(bytes.subarray(this.#start, end)), CHECKSUM_BYTES)
    return {
      name: bytes.subarray(this.#start, this.#keyEnd),
      sealed: bytes.subarray(this.#keyEnd, this.#at),
    }
  }

  clear(): void {
    this.#used = 0
    this.#bytes = NO_BYTES
    this.#at = 0
  }

  #open(needed: number): void {
    this.#at = 0
    const kept = this.#kept[this.#used]
    if (kept !== undefined && needed <= CHUNK_BYTES) {
      this.#bytes = kept
      this.#used += 1
      return
    }
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(needed, CHUNK_BYTES))
    if (needed > CHUNK_BYTES || this.#kept.length === KEPT_CHUNKS) return
    this.#kept.push(this.#bytes)
    this.#used += 1
  }
}
