import { RecordError } from './errors.ts'

/**
 * A hybrid logical clock reading: 48 bits of ms since the Unix epoch, then a 16-bit counter. It never decreases along
 * a chain. See docs/spec/records.md, "Time".
 */
export type Hlc = bigint

const COUNTER_BITS = 16n
const COUNTERS = 1n << COUNTER_BITS
/** One hour, the longest span of a batch, in ms. */
export const BATCH_SPAN_MS = 3_600_000

/** The ms since the Unix epoch of a reading. */
export function hlcTime(hlc: Hlc): number {
  return Number(hlc >> COUNTER_BITS)
}

/** The first reading of a millisecond. */
export function hlcAt(atMs: number): Hlc {
  return BigInt(atMs) << COUNTER_BITS
}

/** The next reading after `last` at `nowMs`: it moves on even when the clock stands still or goes back. */
export function nextHlc(last: Hlc, nowMs: number): Hlc {
  const now = hlcAt(nowMs)
  return now > last ? now : last + 1n
}

/** Eight bytes, big-endian, whose order is the order of time. @throws RecordError HLC_RANGE beyond 64 bits */
export function hlcBytes(hlc: Hlc): Uint8Array {
  if (hlc < 0n || hlc >= 1n << 64n) throw new RecordError('HLC_RANGE', 'expected an unsigned 64-bit reading')
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
