import { hash } from 'node:crypto'

/** A whole number from 0 to 2^53 - 1 as so many bytes, the greatest first: LevelDB's order is then that of the numbers. */
export function numberKey(value: number, length: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** length)
    throw new RangeError(`expected a whole number of ${length} bytes, got ${value}`)
  const key = new Uint8Array(length)
  writeNumber(key, 0, value, length)
  return key
}

/** Writes a number as {@link numberKey} does. */
export function writeNumber(bytes: Uint8Array, at: number, value: number, length: number): void {
  let rest = value
  for (let i = at + length - 1; i >= at; i--) {
    bytes[i] = rest & 0xff
    rest = Math.floor(rest / 256)
  }
}

/** The number that {@link writeNumber} wrote. */
export function readNumber(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = at; i < at + length; i++) value = value * 256 + (bytes[i] as number)
  return value
}

/** The sequence of a record, the number of a commit, a place in a log: {@link ORDER_BYTES}. */
export function orderKey(value: number): Uint8Array {
  return numberKey(value, ORDER_BYTES)
}

/** An instant as a number of {@link TIME_BYTES}; ms before 1970 too, and no time before all. */
export function timeNumber(at: number | undefined): number {
  return at === undefined ? 0 : at + TIME_OFFSET
}

/** The instant of a {@link timeNumber}. */
export function timeOf(value: number): number | undefined {
  return value === 0 ? undefined : value - TIME_OFFSET
}

/** The first key that comes after all that begin with `prefix`; none where there can be none. */
export function keyAfter(prefix: Uint8Array): Uint8Array | undefined {
  const at = prefix.findLastIndex((byte) => byte < 0xff)
  if (at < 0) return undefined
  // A copy, also of a Buffer.
  const key = new Uint8Array(prefix.subarray(0, at + 1))
  key[at] = (key[at] as number) + 1
  return key
}

/** Bytes one behind the other. */
export function joinKeys(...parts: readonly Uint8Array[]): Uint8Array {
  const key = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    key.set(part, at)
    at += part.length
  }
  return key
}

/**
 * What stands for a text in keys, which LevelDB's journals may keep: hexadecimal digits of {@link TEXT_BYTES} of a hash, under the mask
 * of the store in hexadecimal.
 */
export function textDigits(mask: string, text: string): string {
  return hash('sha256', mask + text).slice(0, 2 * TEXT_BYTES)
}

/** Bytes of a {@link textDigits}. */
export const TEXT_BYTES = 16
/** Bytes of a sequence and other counters. */
export const ORDER_BYTES = 6
/** Bytes of an instant in a key. */
export const TIME_BYTES = 7
/** Puts the year 0 of ISO 8601 above zero. */
const TIME_OFFSET = 2 ** 51
