import type { CborValue } from './cbor.ts'
import { asArray, describe, type FieldType, malformed } from './struct.ts'

/** An unsigned integer up to 2^53-1. */
export const uint: FieldType<number> = {
  encode: (value) => value,
  decode(value, path) {
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
    throw malformed(path, 'an unsigned integer up to 2^53-1', describe(value))
  },
}

/** An unsigned 64-bit integer. */
export const uint64: FieldType<bigint> = {
  encode: (value) => value,
  decode(value, path) {
    if ((typeof value === 'bigint' || typeof value === 'number') && value >= 0) return BigInt(value)
    throw malformed(path, 'an unsigned 64-bit integer', describe(value))
  },
}

/** A byte string of exactly `length` bytes. */
export function bytesOf(length: number): FieldType<Uint8Array> {
  return bytesUpTo(length, length)
}

/** A byte string of `min` to `max` bytes. */
export function bytesUpTo(max: number, min = 0): FieldType<Uint8Array> {
  return {
    encode: (value) => value,
    decode(value, path) {
      if (value instanceof Uint8Array && value.length >= min && value.length <= max) return value
      throw malformed(path, min === max ? `${max} bytes` : `${min} to ${max} bytes`, describe(value))
    },
  }
}

/** Text of 1 to `max` UTF-16 units without control characters, which would reach terminals and logs. */
export function textUpTo(max: number): FieldType<string> {
  return {
    encode: (value) => value,
    decode(value, path) {
      if (typeof value === 'string' && value.length >= 1 && value.length <= max && isPrintable(value)) return value
      throw malformed(path, `1 to ${max} printable characters`, describe(value))
    },
  }
}

/** True unless `text` holds a C0 or C1 control, a line or paragraph separator, or a bidirectional override. */
export function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return false
    if ((unit >= 0x2028 && unit <= 0x202e) || (unit >= 0x2066 && unit <= 0x2069)) return false
  }
  return text.isWellFormed()
}

/** One of a closed, ordered list of words, written as its place in the list. */
export function oneOf<T extends string>(words: readonly T[]): FieldType<T> {
  return {
    encode: (value) => words.indexOf(value),
    decode(value, path) {
      const word = typeof value === 'number' ? words[value] : undefined
      if (word !== undefined) return word
      throw malformed(path, `0 to ${words.length - 1}`, typeof value === 'number' ? String(value) : describe(value))
    },
  }
}

/** A list of `min` to `max` elements. */
export function listOf<T>(element: FieldType<T>, max: number, min = 0): FieldType<readonly T[]> {
  return {
    encode: (value) => value.map((item) => element.encode(item)),
    decode(value, path) {
      const items = asArray(value, path)
      if (items.length < min || items.length > max) {
        throw malformed(path, `${min} to ${max} elements`, String(items.length))
      }
      return items.map((item, i) => element.decode(item, `${path}[${i}]`))
    },
  }
}

/** A list that is a set: its elements ascend strictly in their encoded order, so that a set has one spelling. */
export function setOf<T extends string | number>(element: FieldType<T>, max: number): FieldType<readonly T[]> {
  const list = listOf(element, max)
  return {
    encode: (value) => [...new Set(value.map((item) => element.encode(item)))].sort(ascending),
    decode(value, path) {
      const items = asArray(value, path)
      for (let i = 1; i < items.length; i++) {
        if (ascending(items[i - 1], items[i]) >= 0) throw malformed(path, 'ascending elements', 'another order')
      }
      return list.decode(value, path)
    },
  }
}

function ascending(a: CborValue | undefined, b: CborValue | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : Number(String(a) > String(b))
}
