/** An instant as STIX writes it. */
export interface Timestamp {
  /** ms since the Unix epoch, rounded down. A leap second is the first instant of the next minute. */
  readonly ms: number
  /** Digits after the decimal point as written; empty if there is no point. */
  readonly fraction: string
}

/**
 * Reads `YYYY-MM-DDTHH:mm:ss[.s+]Z`: a real calendar date, UTC, second 60 only at 23:59 on the last day of
 * June or December. At most 20 digits after the point.
 *
 * @returns undefined for any other text
 * @see STIX 2.1 §2.16, RFC 3339 section 5.7
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  const fields = readFields(text)
  if (fields === undefined) return undefined
  const { year, month, day, hour, minute, second, fraction } = fields
  if (day > daysIn(year, month) || (second === 60 && !mayLeap(month, day, hour, minute))) return undefined
  const seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  return { ms: seconds * 1000 + thousandths(fraction), fraction }
}

/** True for the shape alone: any day up to 31 in any month, second 60 at any time. */
export function isTimestampShaped(text: string): boolean {
  return readFields(text) !== undefined
}

/** Longer fractions name nothing a clock can measure. */
const MAX_FRACTION_DIGITS = 20

/** Negative, zero or positive as `a` is before, at or after `b`, at the full precision of both. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  if (a.ms !== b.ms) return a.ms - b.ms
  const width = Math.max(a.fraction.length, b.fraction.length)
  const left = a.fraction.padEnd(width, '0')
  const right = b.fraction.padEnd(width, '0')
  return left < right ? -1 : left > right ? 1 : 0
}

/** Writes ms since the Unix epoch with three digits after the point. @throws RangeError outside years 0 to 9999 */
export function formatTimestamp(ms: number): string {
  const text = new Date(ms).toISOString()
  if (text.length !== 24) throw new RangeError('STIX timestamps have four digits for the year')
  return text
}

interface Fields {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly fraction: string
}

function readFields(text: string): Fields | undefined {
  const { length } = text
  if (length < 20 || length > 21 + MAX_FRACTION_DIGITS || text.charCodeAt(length - 1) !== Z) return undefined
  if (text.charCodeAt(4) !== HYPHEN || text.charCodeAt(7) !== HYPHEN || text.charCodeAt(10) !== T)
    return undefined
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  if (year < 0 || hour < 0 || minute < 0 || second < 0 || !hasFraction(text)) return undefined
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
    return undefined
  return { year, month, day, hour, minute, second, fraction: text.slice(20, -1) }
}

const HYPHEN = 0x2d
const POINT = 0x2e
const COLON = 0x3a
const T = 0x54
const Z = 0x5a

function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (!(digit >= 0 && digit <= 9)) return -1
    value = value * 10 + digit
  }
  return value
}

/** Whether nothing stands between seconds and `Z`, or a point and digits. */
function hasFraction(text: string): boolean {
  const end = text.length - 1
  if (end === 19) return true
  return end > 20 && text.charCodeAt(19) === POINT && digits(text, 20, end) >= 0
}

function thousandths(fraction: string): number {
  const written = Math.min(fraction.length, 3)
  return written === 0 ? 0 : digits(fraction, 0, written) * (1000 / 10 ** written)
}

function mayLeap(month: number, day: number, hour: number, minute: number): boolean {
  return hour === 23 && minute === 59 && ((month === 6 && day === 30) || (month === 12 && day === 31))
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; counts years from March so that February ends them. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1
  const monthFromMarch = (month + 9) % 12
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  return y * 365 + leapDays + dayOfYear - 719_468
}
