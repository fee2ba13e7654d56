import type { CborValue } from './cbor.ts'
import { EncodingError } from './errors.ts'
import { asArray, describe, type FieldType, malformed } from './struct.ts'
import { compareBytes } from './text.ts'

/** An unsigned integer up to 2^53-1. */
export const uint: FieldType<number> = uintUpTo(Number.MAX_SAFE_INTEGER)

/** An unsigned integer from `min` up to and including `max`, which is 2^53-1 at most. */
export function uintUpTo(max: number, min = 0): FieldType<number> {
  return {
    encode: (value) => value,
    decode(value, path) {
      if (typeof value === 'number' && value >= min && value <= max) return value
      throw malformed(path, `an integer from ${min} to ${max}`, describe(value))
    },
  }
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

/** Text of 1 to `max` UTF-16 units that is {@link isPrintable}. */
export function textUpTo(max: number): FieldType<string> {
  return textThat(max, isPrintable, 'printable characters')
}

/** Text of 1 to `max` UTF-16 units of which `holds` is true; `expected` says so in words. */
export function textThat(max: number, holds: (text: string) => boolean, expected: string): FieldType<string> {
  return {
    encode: (value) => value,
    decode(value, path) {
      if (typeof value === 'string' && value.length >= 1 && value.length <= max && holds(value)) return value
      throw malformed(path, `1 to ${max} ${expected}`, describe(value))
    },
  }
}

/**
 * C0 and C1 controls, line and paragraph separators, bidirectional controls, the zero-width space and the byte order mark: in
 * names they would deceive, in terminals and logs they would act.
 */
const UNPRINTABLE = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u

/** True for well-formed text without characters that act on whatever shows it. See docs/spec/encoding.md, "Text". */
export function isPrintable(text: string): boolean {
  return text.isWellFormed() && !UNPRINTABLE.test(text)
}

/** One of an ordered list of words, written as its place in the list. A place beyond belongs to a later version. */
export function oneOf<T extends string>(words: readonly T[]): FieldType<T> {
  return {
    encode: (value) => words.indexOf(value),
    decode(value, path) {
      const word = typeof value === 'number' ? words[value] : undefined
      if (word !== undefined) return word
      if (typeof value === 'number' && value >= words.length) {
        throw new EncodingError('NEWER_THAN_ME', `${path}: ${value} is a word of a later version`)
      }
      throw malformed(path, `0 to ${words.length - 1}`, describe(value))
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

/**
 * A list that is a set: its elements, written as integers or as byte strings of one length, ascend strictly, so that a
 * set has one spelling.
 */
export function setOf<T>(element: FieldType<T>, max: number, min = 0): FieldType<readonly T[]> {
  const list = listOf(element, max, min)
  return {
    encode: (value) =>
      value
        .map((item) => element.encode(item))
        .sort(order)
        .filter((item, i, sorted) => i === 0 || order(sorted[i - 1], item) !== 0),
    decode(value, path) {
      const items = asArray(value, path)
      const decoded = list.decode(value, path)
      if (items.every((item, i) => i === 0 || order(items[i - 1], item) < 0)) return decoded
      throw malformed(path, 'strictly ascending elements', 'another order')
    },
  }
}

function order(a: CborValue | undefined, b: CborValue | undefined): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  return Number(a) - Number(b)
}
