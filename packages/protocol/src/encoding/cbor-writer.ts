import type { CborKey, CborMap, CborValue } from './cbor.ts'
import { ARRAY, BYTES, FALSE, MAP, NEGATIVE, NULL, TEXT, TRUE, UINT } from './cbor-major.ts'
import { EncodingError } from './errors.ts'
import { compareBytes, utf8Bytes } from './text.ts'

const LEAST = -(2n ** 63n)
const GREATEST = 2n ** 64n - 1n

/** Room that a writer keeps from one value to the next; what is larger is made once and let go. */
const KEPT_BYTES = 65_536
const FIRST_BYTES = 1_024
/** Names and labels are shorter, and written faster by characters than by an encoder. */
const SHORT_TEXT = 48

/** Writes values of the subset, each in its one deterministic spelling. Used again and again, it makes room but once. */
export class CborWriter {
  private bytes = new Uint8Array(FIRST_BYTES)
  private at = 0

  /** The bytes of a value, in memory of their own. */
  write(value: CborValue): Uint8Array {
    this.at = 0
    this.value(value)
    const written = this.bytes.slice(0, this.at)
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(FIRST_BYTES)
    return written
  }

  private value(value: CborValue): void {
    if (typeof value === 'number' || typeof value === 'bigint') return this.integer(value)
    if (typeof value === 'string') return this.text(value)
    if (value === null) return this.byte(NULL)
    if (typeof value === 'boolean') return this.byte(value ? TRUE : FALSE)
    if (value instanceof Uint8Array) return this.string(BYTES, value)
    if (Array.isArray(value)) return this.array(value)
    if (value instanceof Map) return this.map(value)
    throw new EncodingError('CBOR_UNSUPPORTED', `a ${typeof value} has no encoding`)
  }

  private integer(value: number | bigint): void {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new EncodingError('CBOR_UNSUPPORTED', 'only integers can be encoded')
    }
    if (value < LEAST || value > GREATEST) {
      throw new EncodingError('CBOR_UNSUPPORTED', 'an integer lies beyond -2^63 to 2^64-1')
    }
    if (value >= 0) this.head(UINT, value)
    else this.head(NEGATIVE, typeof value === 'bigint' ? -1n - value : -1 - value)
  }

  private text(value: string): void {
    if (value.length <= SHORT_TEXT && this.shortText(value)) return
    if (!value.isWellFormed()) throw new EncodingError('CBOR_UNSUPPORTED', 'text with a lone surrogate')
    this.string(TEXT, utf8Bytes(value))
  }

  /** Writes text whose characters are bytes; else nothing, and says so. */
  private shortText(value: string): boolean {
    const start = this.at
    this.head(TEXT, value.length)
    this.reserve(value.length)
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i)
      if (unit >= 0x80) {
        this.at = start
        return false
      }
      this.bytes[this.at++] = unit
    }
    return true
  }

  private string(major: number, content: Uint8Array): void {
    this.head(major, content.length)
    this.reserve(content.length)
    this.bytes.set(content, this.at)
    this.at += content.length
  }

  private array(items: readonly CborValue[]): void {
    this.head(ARRAY, items.length)
    for (const item of items) this.value(item)
  }

  private map(map: CborMap): void {
    this.head(MAP, map.size)
    const entries = [...map]
    if (!isAscending(entries)) entries.sort(([a], [b]) => byEncoding(a, b))
    for (const [key, value] of entries) {
      this.value(key)
      this.value(value)
    }
  }

  /** An initial byte and its argument in the fewest bytes: RFC 8949 section 4.2.1. */
  private head(major: number, argument: number | bigint): void {
    const initial = major << 5
    if (argument < 24) return this.byte(initial | Number(argument))
    if (argument < 0x100) return this.bigEndian(initial | 24, Number(argument), 1)
    if (argument < 0x1_0000) return this.bigEndian(initial | 25, Number(argument), 2)
    if (argument < 0x1_0000_0000) return this.bigEndian(initial | 26, Number(argument), 4)
    this.byte(initial | 27)
    const low = BigInt.asUintN(32, BigInt(argument))
    this.number(Number((BigInt(argument) - low) / 0x1_0000_0000n), 4)
    this.number(Number(low), 4)
  }

  private bigEndian(initial: number, argument: number, size: number): void {
    this.byte(initial)
    this.number(argument, size)
  }

  private number(value: number, size: number): void {
    this.reserve(size)
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) this.bytes[this.at++] = value >>> shift
  }

  private byte(value: number): void {
    this.reserve(1)
    this.bytes[this.at++] = value
  }

  private reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + count))
    larger.set(this.bytes)
    this.bytes = larger
  }
}

/** Tables are written in the order of their numbers, so that most maps need no sorting. */
function isAscending(entries: readonly (readonly [CborKey, CborValue])[]): boolean {
  let last = -1
  for (const [key] of entries) {
    if (typeof key !== 'number' || key <= last) return false
    last = key
  }
  return true
}

/**
 * RFC 8949 section 4.2.1 sorts keys by their encodings: 0, 1, 2 … come first, then -1, -2 …, then text, which its
 * length precedes.
 */
function byEncoding(a: CborKey, b: CborKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a >= 0 && b >= 0 ? a - b : b - a
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1
  const [x, y] = [utf8Bytes(a), utf8Bytes(b)]
  return x.length - y.length || compareBytes(x, y)
}
