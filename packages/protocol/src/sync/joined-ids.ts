import { compareBytes, toHex } from '../encoding/index.ts'

/**
 * Ids one behind the other in one array, 32 bytes each. Trees of a million ids would need a million objects otherwise. Joined ids
 * ascend unless said otherwise.
 */
export type JoinedIds = Uint8Array

/** Bytes of an id. */
export const ID_BYTES = 32
/** Digits of an id by which leaves split. */
export const MAX_NIBBLES = 16

export function countIds(ids: JoinedIds): number {
  return ids.length / ID_BYTES
}

/** The id at a place; not a copy. */
export function idAt(ids: JoinedIds, index: number): Uint8Array {
  return ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES)
}

/** Joins ids, or runs of them, in the order in which they are given. */
export function joinIds(runs: readonly Uint8Array[]): JoinedIds {
  const joined = new Uint8Array(runs.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const run of runs) {
    joined.set(run, at)
    at += run.length
  }
  return joined
}

/** The ids by themselves; none is a copy. */
export function splitIds(ids: JoinedIds): readonly Uint8Array[] {
  return Array.from({ length: countIds(ids) }, (_, i) => idAt(ids, i))
}

/** The digits by which the leaf of an id may split. */
export function nibblesOf(id: Uint8Array): string {
  let digits = ''
  for (let i = 0; i < MAX_NIBBLES / 2; i++) digits += DIGITS[id[i] as number] as string
  return digits
}

/** The two digits of every byte. */
const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => toHex(Uint8Array.of(byte)))

/** The part of joined ids that begins with `digits`, at most {@link MAX_NIBBLES} of them; not a copy. */
export function idsUnder(ids: JoinedIds, digits: string): JoinedIds {
  if (digits === '') return ids
  const from = firstAtLeast(ids, (nibbles) => nibbles >= digits)
  const to = firstAtLeast(ids, (nibbles) => nibbles.slice(0, digits.length) > digits)
  return ids.subarray(from * ID_BYTES, to * ID_BYTES)
}

/** Whether ids ascend strictly. */
export function areAscending(ids: JoinedIds): boolean {
  for (let i = 1; i < countIds(ids); i++) if (compareBytes(idAt(ids, i - 1), idAt(ids, i)) >= 0) return false
  return true
}

/** The ids of `a` that are not in `b`. */
export function withoutIds(a: JoinedIds, b: JoinedIds): JoinedIds {
  const left = new Uint8Array(a.length)
  let length = 0
  for (let i = 0, at = 0; i < countIds(a); i++) {
    const id = idAt(a, i)
    while (at < countIds(b) && compareBytes(idAt(b, at), id) < 0) at++
    if (at < countIds(b) && compareBytes(idAt(b, at), id) === 0) continue
    left.set(id, length)
    length += ID_BYTES
  }
  return left.slice(0, length)
}

/** The first place whose digits satisfy a test that all later ones satisfy, too. */
function firstAtLeast(ids: JoinedIds, isReached: (nibbles: string) => boolean): number {
  let low = 0
  let high = countIds(ids)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isReached(nibblesOf(idAt(ids, middle)))) high = middle
    else low = middle + 1
  }
  return low
}
