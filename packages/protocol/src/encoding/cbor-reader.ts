import type { CborKey, CborMap, CborValue } from './cbor.ts'
import { ARRAY, BYTES, FALSE, MAP, NEGATIVE, NULL, TEXT, TRUE, UINT } from './cbor-major.ts'
import { EncodingError } from './errors.ts'
import type { CborLimits } from './limits.ts'
import { compareBytes } from './text.ts'

/** A byte order mark is a character like any other: dropping it would give two spellings to one text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const SIMPLE: ReadonlyMap<number, boolean | null> = new Map<number, boolean | null>([
  [FALSE, false],
  [TRUE, true],
  [NULL, null],
])

/** -1 - argument has to be an integer that 64 bits hold with their sign. */
const GREATEST_NEGATIVE = 2n ** 63n - 1n

/**
 * Reads one value of the subset and checks in the same pass that its spelling is the deterministic one. A general decoder
 * accepts many spellings, and follows references and huge numbers at the sender's pleasure; this one has nothing to follow.
 *
 * @see docs/spec/encoding.md, "Deterministic CBOR"
 */
export class CborReader {
  private at = 0
  private items = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly limits: CborLimits

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.limits = limits
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
    if (++this.items > this.limits.maxItems) {
      throw new EncodingError('CBOR_LIMIT', `more than ${this.limits.maxItems} values`)
    }
    const initial = this.bytes[this.at]
    if (initial === undefined) throw truncated()
    this.at++
    const major = initial >> 5
    if (major > MAP) return simple(initial)
    const argument = this.argument(initial & 0x1f)
    if (major === UINT) return argument
    if (major === NEGATIVE) return negative(argument)
    const length = this.length(argument)
    if (major === BYTES) return this.string(length).slice()
    if (major === TEXT) return this.text(length)
    if (depth >= this.limits.maxDepth) {
      throw new EncodingError('CBOR_LIMIT', `nested deeper than ${this.limits.maxDepth}`)
    }
    return major === ARRAY ? this.array(length, depth + 1) : this.map(length, depth + 1)
  }

  private string(length: number): Uint8Array {
    const content = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return content
  }

  private text(length: number): string {
    try {
      return utf8.decode(this.string(length))
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
    let previous: Uint8Array | undefined
    for (let i = 0; i < length; i++) {
      const start = this.at
      const key = this.value(depth)
      if (typeof key !== 'number' && typeof key !== 'string') {
        throw new EncodingError(
          'CBOR_UNSUPPORTED',
          'a map key is neither text nor an integer within ±(2^53-1)',
        )
      }
      const spelt = this.bytes.subarray(start, this.at)
      if (previous !== undefined && compareBytes(previous, spelt) >= 0) {
        throw new EncodingError(
          'CBOR_NOT_CANONICAL',
          'map keys are not in ascending order, or one stands twice',
        )
      }
      previous = spelt
      map.set(key, this.value(depth))
    }
    return map
  }

  /** The argument of an initial byte, which has to be in its shortest form. */
  private argument(info: number): number | bigint {
    if (info < 24) return info
    if (info > 27) throw new EncodingError('CBOR_UNSUPPORTED', 'indefinite length or reserved argument')
    const size = 1 << (info - 24)
    if (size > this.bytes.length - this.at) throw truncated()
    const value = this.unsigned(size)
    if (value < (size === 1 ? 24 : 2 ** (size * 4))) {
      throw new EncodingError('CBOR_NOT_CANONICAL', 'an integer or length is not in its shortest form')
    }
    return narrow(value)
  }

  private unsigned(size: number): number | bigint {
    const at = this.at
    this.at += size
    if (size === 1) return this.view.getUint8(at)
    if (size === 2) return this.view.getUint16(at)
    return size === 4 ? this.view.getUint32(at) : this.view.getBigUint64(at)
  }

  /** Every element takes a byte at least: a length beyond what is left is refused before any loop starts. */
  private length(argument: number | bigint): number {
    if (argument > this.bytes.length - this.at) throw truncated()
    return Number(argument)
  }
}

/** false, true and null; every tag, float and other simple value lies outside the subset. */
function simple(initial: number): boolean | null {
  const value = SIMPLE.get(initial)
  if (value !== undefined) return value
  throw new EncodingError('CBOR_UNSUPPORTED', `initial byte 0x${initial.toString(16)} is outside the subset`)
}

function negative(argument: number | bigint): number | bigint {
  if (argument > GREATEST_NEGATIVE) throw new EncodingError('CBOR_UNSUPPORTED', 'integer below -2^63')
  return narrow(typeof argument === 'bigint' ? -1n - argument : -1 - argument)
}

/** A `bigint` for integers alone that a number cannot hold exactly, so that each integer is read back in one way. */
function narrow(value: number | bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

function truncated(): EncodingError {
  return new EncodingError('CBOR_MALFORMED', 'bytes end inside a value')
}
