import type { CborKey, CborMap, CborValue } from './cbor.ts'
import { ARRAY, BYTES, FALSE, MAP, NEGATIVE, NULL, TEXT, TRUE, UINT } from './cbor-major.ts'
import { EncodingError } from './errors.ts'
import type { CborLimits } from './limits.ts'

/** A byte order mark is a character like any other: dropping it would give two spellings to one text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const SIMPLE: ReadonlyMap<number, boolean | null> = new Map<number, boolean | null>([
  [FALSE, false],
  [TRUE, true],
  [NULL, null],
])

/** -1 - argument has to be an integer that 64 bits hold with their sign. */
const GREATEST_NEGATIVE = 2n ** 63n - 1n
/** The high half of the first integer beyond those that a number holds exactly. */
const UNSAFE_HIGH = 2 ** 21
/** Names and labels are shorter, and read faster by characters than by a decoder. */
const SHORT_TEXT = 48

/**
 * Reads one value of the subset and checks in the same pass that its spelling is the deterministic one. A general decoder
 * accepts many spellings, and follows references and huge numbers at the sender's pleasure; this one has nothing to follow.
 *
 * @see docs/spec/encoding.md, "Deterministic CBOR"
 */
export class CborReader {
  private at = 0
  private itemsLeft: number
  private readonly bytes: Uint8Array
  private readonly limits: CborLimits
  private readonly areCopies: boolean

  /** With `areCopies`, byte strings are copies, and else views of `bytes`. */
  constructor(bytes: Uint8Array, limits: CborLimits, areCopies: boolean) {
    this.bytes = bytes
    this.limits = limits
    this.itemsLeft = limits.maxItems
    this.areCopies = areCopies
  }

  /** Reads all the bytes as one value. */
  whole(): CborValue {
    const { bytes, limits } = this
    if (bytes.length > limits.maxBytes) {
      throw new EncodingError('CBOR_LIMIT', `expected at most ${limits.maxBytes} bytes, got ${bytes.length}`)
    }
    const value = this.value(0)
    if (this.at === bytes.length) return value
    throw new EncodingError('CBOR_MALFORMED', `${bytes.length - this.at} bytes after the value`)
  }

  private value(depth: number): CborValue {
    if (this.itemsLeft-- <= 0) {
      throw new EncodingError('CBOR_LIMIT', `more than ${this.limits.maxItems} values`)
    }
    if (this.at >= this.bytes.length) throw truncated()
    const initial = this.bytes[this.at++] as number
    const major = initial >> 5
    if (major > MAP) return simple(initial)
    const argument = this.argument(initial & 0x1f)
    if (major === UINT) return argument
    if (major === NEGATIVE) return negative(argument)
    const length = this.length(argument)
    if (major === BYTES) return this.string(length)
    if (major === TEXT) return this.text(length)
    if (depth >= this.limits.maxDepth) {
      throw new EncodingError('CBOR_LIMIT', `nested deeper than ${this.limits.maxDepth}`)
    }
    return major === ARRAY ? this.array(length, depth + 1) : this.map(length, depth + 1)
  }

  private string(length: number): Uint8Array {
    const start = this.at
    this.at += length
    return this.areCopies ? this.bytes.slice(start, this.at) : this.bytes.subarray(start, this.at)
  }

  private text(length: number): string {
    const content = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    if (length <= SHORT_TEXT && isAscii(content))
      return String.fromCharCode.apply(undefined, content as never)
    try {
      return utf8.decode(content)
    } catch (cause) {
      throw new EncodingError('CBOR_MALFORMED', 'text is not UTF-8', { cause })
    }
  }

  private array(length: number, depth: number): readonly CborValue[] {
    const items: CborValue[] = []
    for (let i = 0; i < length; i++) items.push(this.value(depth))
    return items
  }

  private map(length: number, depth: number): CborMap {
    const map = new Map<CborKey, CborValue>()
    let previous = this.at
    let previousEnd = this.at
    for (let i = 0; i < length; i++) {
      const start = this.at
      const key = this.value(depth)
      if (typeof key !== 'number' && typeof key !== 'string') {
        throw new EncodingError(
          'CBOR_UNSUPPORTED',
          'a map key is neither text nor an integer within ±(2^53-1)',
        )
      }
      if (i > 0 && !this.ascend(previous, previousEnd, start)) {
        throw new EncodingError(
          'CBOR_NOT_CANONICAL',
          'map keys are not in ascending order, or one stands twice',
        )
      }
      previous = start
      previousEnd = this.at
      map.set(key, this.value(depth))
    }
    return map
  }

  /** Whether the bytes of a key from `start` to where the reader is come after those of another, a prefix first. */
  private ascend(previous: number, previousEnd: number, start: number): boolean {
    const { bytes, at } = this
    for (let i = previous, j = start; j < at; i++, j++) {
      if (i === previousEnd) return true
      const difference = (bytes[j] as number) - (bytes[i] as number)
      if (difference !== 0) return difference > 0
    }
    return false
  }

  /** The argument of an initial byte, which has to be in its shortest form. */
  private argument(info: number): number | bigint {
    if (info < 24) return info
    if (info > 27) throw new EncodingError('CBOR_UNSUPPORTED', 'indefinite length or reserved argument')
    const size = 1 << (info - 24)
    if (size > this.bytes.length - this.at) throw truncated()
    if (size === 8) return this.longArgument()
    const value = this.unsigned(size)
    if (value < (size === 1 ? 24 : 2 ** (size * 4))) throw notShortest()
    return value
  }

  /** A `bigint` for integers alone that a number cannot hold exactly, so that each integer is read back in one way. */
  private longArgument(): number | bigint {
    const high = this.unsigned(4)
    const low = this.unsigned(4)
    if (high === 0) throw notShortest()
    return high < UNSAFE_HIGH ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low)
  }

  private unsigned(size: number): number {
    let value = 0
    for (const end = this.at + size; this.at < end; this.at++)
      value = value * 256 + (this.bytes[this.at] as number)
    return value
  }

  /** Every element takes a byte at least: a length beyond what is left is refused before any loop starts. */
  private length(argument: number | bigint): number {
    if (argument > this.bytes.length - this.at) throw truncated()
    return Number(argument)
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return false
  return true
}

/** false, true and null; every tag, float and other simple value lies outside the subset. */
function simple(initial: number): boolean | null {
  const value = SIMPLE.get(initial)
  if (value !== undefined) return value
  throw new EncodingError('CBOR_UNSUPPORTED', `initial byte 0x${initial.toString(16)} is outside the subset`)
}

function negative(argument: number | bigint): number | bigint {
  if (argument > GREATEST_NEGATIVE) throw new EncodingError('CBOR_UNSUPPORTED', 'integer below -2^63')
  if (typeof argument === 'bigint') return -1n - argument
  const value = -1 - argument
  return Number.isSafeInteger(value) ? value : BigInt(value)
}

function notShortest(): EncodingError {
  return new EncodingError('CBOR_NOT_CANONICAL', 'an integer or length is not in its shortest form')
}

function truncated(): EncodingError {
  return new EncodingError('CBOR_MALFORMED', 'bytes end inside a value')
}
