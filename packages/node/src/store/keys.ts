import { hash } from 'node:crypto'
import type { Observable } from '@intelmesh/stix'

/** Separates a part of varying length from the next one; {@link textKey} keeps it out of the parts. */
export const END = '\0'

/** Sixteen hexadecimal digits, whose order is that of the numbers: whole, from 0 to 2^53 - 1. */
export function orderKey(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`expected a whole number, got ${value}`)
  return value.toString(16).padStart(ORDER_DIGITS, '0')
}

/** Sixteen digits as {@link orderKey}, for ms before 1970 too; those of no time come before all. */
export function timeKey(at: number | undefined): string {
  return at === undefined ? orderKey(0) : orderKey(at + TIME_OFFSET)
}

/**
 * Text of any length as a part of a key that ends in {@link END}. Long text is hashed, and a mark keeps the hash from being taken
 * for a text.
 */
export function textKey(text: string): string {
  const isPlain = text.length <= MAX_TEXT && Buffer.byteLength(text) <= MAX_TEXT && !text.includes(END)
  return isPlain ? `=${text}${END}` : hashedText(text)
}

/**
 * The part of a key that an observable makes. Always a hash: LevelDB writes keys into journals of its own, which erasing does not
 * reach.
 */
export function observableKey({ type, value }: Observable): string {
  return `${type}${hashedText(value)}`
}

/** The number that ends a key. */
export function trailingNumber(key: string): number {
  return Number.parseInt(key.slice(-ORDER_DIGITS), 16)
}

function hashedText(text: string): string {
  return `#${hash('sha256', text)}${END}`
}

const ORDER_DIGITS = 16
/** Puts the year 0 of ISO 8601 above zero. */
const TIME_OFFSET = 2 ** 51
const MAX_TEXT = 200
