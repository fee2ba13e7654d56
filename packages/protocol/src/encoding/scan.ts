import { EncodingError } from './errors.ts'

/** What a decoder accepts at most. Every caller names its own, so that no structure is unbounded by default. */
export interface CborLimits {
  /** Bytes of the whole value. */
  readonly maxBytes: number
  /** Nesting of arrays and maps. */
  readonly maxDepth: number
  /** Values in all, keys included. */
  readonly maxItems: number
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** RFC 8949 section 3: the high three bits of the first byte. */
const UINT = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5

/**
 * Checks that `bytes` are exactly one value of the subset in deterministic encoding, without building anything.
 * A general decoder may see only what has passed here: it would spend seconds on a large bignum, follow
 * shared references and accept many spellings of one value.
 *
 * @throws EncodingError CBOR_MALFORMED, CBOR_NOT_CANONICAL, CBOR_LIMIT, CBOR_UNSUPPORTED
 * @see docs/spec/encoding.md, "Deterministic CBOR"
 */
export function scanCbor(bytes: Uint8Array, limits: CborLimits): void {
  if (bytes.length > limits.maxBytes) {
    throw new EncodingError('CBOR_LIMIT', `expected at most ${limits.maxBytes} bytes, got ${bytes.length}`)
  }
  const scanner = new Scanner(bytes, limits)
  scanner.value(0)
  if (scanner.at !== bytes.length) {
    throw new EncodingError('CBOR_MALFORMED', `${bytes.length - scanner.at} bytes after the value`)
  }
}

class Scanner {
  at = 0
  private items = 0
  private readonly bytes: Uint8Array
  private readonly limits: CborLimits

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.bytes = bytes
    this.limits = limits
  }

  value(depth: number): void {
    if (++this.items > this.limits.maxItems) {
      throw new EncodingError('CBOR_LIMIT', `more than ${this.limits.maxItems} values`)
    }
    const initial = this.bytes[this.at]
    if (initial === undefined) throw truncated()
    const major = initial >> 5
    if (major > MAP) return this.simple(initial)
    const length = this.argument(initial)
    if (major === UINT) return
    if (major === NEGATIVE) {
      // -2^63 is the least integer that every implementation can hold
      if (length >= 2 ** 63) throw new EncodingError('CBOR_UNSUPPORTED', 'integer below -2^63')
      return
    }
    if (major === BYTES || major === TEXT) return this.string(major, length)
    if (depth >= this.limits.maxDepth) {
      throw new EncodingError('CBOR_LIMIT', `nested deeper than ${this.limits.maxDepth}`)
    }
    // Every element takes a byte at least: a length beyond what is left is refused before any loop starts.
    if (length > this.bytes.length - this.at) throw truncated()
    if (major === ARRAY) for (let i = 0; i < length; i++) this.value(depth + 1)
    else this.map(length, depth + 1)
  }

  private string(major: number, length: number): void {
    const end = this.at + length
    if (end > this.bytes.length) throw truncated()
    if (major === TEXT && !isUtf8(this.bytes, this.at, end)) {
      throw new EncodingError('CBOR_MALFORMED', 'text is not UTF-8')
    }
    this.at = end
  }

  private map(length: number, depth: number): void {
    let previousStart = -1
    let previousEnd = -1
    for (let i = 0; i < length; i++) {
      const start = this.at
      const major = (this.bytes[start] ?? 0xff) >> 5
      if (major !== UINT && major !== NEGATIVE && major !== TEXT) {
        throw new EncodingError('CBOR_UNSUPPORTED', 'a map key is neither integer nor text')
      }
      this.value(depth)
      if (previousStart >= 0 && compareRange(this.bytes, previousStart, previousEnd, start, this.at) >= 0) {
        throw new EncodingError('CBOR_NOT_CANONICAL', 'map keys are not in ascending order, or one stands twice')
      }
      previousStart = start
      previousEnd = this.at
      this.value(depth)
    }
  }

  /** false, true and null; every tag, float and other simple value lies outside the subset. */
  private simple(initial: number): void {
    if (initial < 0xf4 || initial > 0xf6) {
      throw new EncodingError('CBOR_UNSUPPORTED', `initial byte 0x${initial.toString(16)} is outside the subset`)
    }
    this.at++
  }

  /** Reads the argument of the initial byte, which has to be in its shortest form. */
  private argument(initial: number): number {
    const info = initial & 0x1f
    this.at++
    if (info < 24) return info
    if (info > 27) throw new EncodingError('CBOR_UNSUPPORTED', 'indefinite length or reserved argument')
    const size = 1 << (info - 24)
    if (this.at + size > this.bytes.length) throw truncated()
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + (this.bytes[this.at + i] ?? 0)
    this.at += size
    const least = size === 1 ? 24 : 2 ** (size * 4)
    if (value < least) throw new EncodingError('CBOR_NOT_CANONICAL', 'an integer or length is not in its shortest form')
    return value
  }
}

function truncated(): EncodingError {
  return new EncodingError('CBOR_MALFORMED', 'bytes end inside a value')
}

function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let ascii = true
  for (let i = start; ascii && i < end; i++) ascii = (bytes[i] ?? 0) < 0x80
  if (ascii) return true
  try {
    utf8.decode(bytes.subarray(start, end))
    return true
  } catch {
    return false
  }
}

function compareRange(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): number {
  const shared = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < shared; i++) {
    const difference = (bytes[aStart + i] ?? 0) - (bytes[bStart + i] ?? 0)
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}
