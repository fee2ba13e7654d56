import { RecordError } from './errors.ts'

/**
 * A hybrid logical clock reading: 48 bits of ms since the Unix epoch, then a 16-bit counter. It never decreases along
 * a chain. See docs/spec/records.md, "Time".
 */
export type Hlc = bigint

const COUNTER_BITS = 16n
/** Readings end in the year 6429, so that a signed 64-bit integer holds them, and four digits the periods of a tree. */
export const MAX_HLC: Hlc = (1n << 63n) - 1n
const COUNTERS = 1n << COUNTER_BITS
/** One hour, the longest span of a batch, in ms. */
export const BATCH_SPAN_MS = 3_600_000

/** The ms since the Unix epoch of a reading. */
export function hlcTime(hlc: Hlc): number {
  return Number(hlc >> COUNTER_BITS)
}

/** The first reading of a millisecond. @throws RangeError unless `atMs` is a whole number below 2^47 */
export function hlcAt(atMs: number): Hlc {
  if (!Number.isInteger(atMs) || atMs < 0 || atMs >= 2 ** 47) {
    throw new RangeError(`expected whole ms since the Unix epoch, got ${atMs}`)
  }
  return BigInt(atMs) << COUNTER_BITS
}

/**
 * The next reading after `last` at `nowMs`: it moves on even when the clock stands still or goes back.
 *
 * @throws RecordError HLC_RANGE when there is none after `last`
 */
export function nextHlc(last: Hlc, nowMs: number): Hlc {
  const now = hlcAt(nowMs)
  if (now > last) return now
  if (last >= MAX_HLC)
    throw new RecordError('HLC_RANGE', 'the chain has reached the end of time: start a new one')
  return last + 1n
}

/** Eight bytes, big-endian, whose order is the order of time. @throws RecordError HLC_RANGE beyond 63 bits */
export function hlcBytes(hlc: Hlc): Uint8Array {
  if (hlc < 0n || hlc > MAX_HLC) throw new RecordError('HLC_RANGE', 'expected an unsigned reading of 63 bits')
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, hlc)
  return bytes
}

/** Sixteen hexadecimal digits, whose order is the order of time. */
export function hlcHex(hlc: Hlc): string {
  return hlc.toString(16).padStart(16, '0')
}

/** The counter of a reading, 0 to 65,535. */
export function hlcCounter(hlc: Hlc): number {
  return Number(hlc % COUNTERS)
}
