import { idAt, type JoinedIds, joinIds } from './joined-ids.ts'

/** A set of short ids: asked a million times for a few of them, it stays a memory access. */
export interface ShortIdSet {
  has(low: number, high: number): boolean
}

/** @param shortIds two words each */
export function shortIdSet(shortIds: Int32Array): ShortIdSet {
  const mask = 2 ** Math.ceil(Math.log2(shortIds.length + 2)) - 1
  const slots = new Int32Array(2 * (mask + 1))
  const isTaken = new Uint8Array(mask + 1)
  const slotOf = (low: number, high: number): number => {
    let slot = (low ^ high) & mask
    while (isTaken[slot] === 1 && (slots[2 * slot] !== low || slots[2 * slot + 1] !== high))
      slot = (slot + 1) & mask
    return slot
  }
  for (let i = 0; i < shortIds.length; i += 2) {
    const low = shortIds[i] as number
    const high = shortIds[i + 1] as number
    const slot = slotOf(low, high)
    slots[2 * slot] = low
    slots[2 * slot + 1] = high
    isTaken[slot] = 1
  }
  return { has: (low, high) => isTaken[slotOf(low, high)] === 1 }
}

/** Those of some ids whose short ids, two words each in the same order, are in a set. */
export function idsWithShortIds(ids: JoinedIds, shortIds: Int32Array, wanted: ShortIdSet): JoinedIds {
  const found: Uint8Array[] = []
  for (let i = 0; i < shortIds.length; i += 2)
    if (wanted.has(shortIds[i] as number, shortIds[i + 1] as number)) found.push(idAt(ids, i / 2))
  return joinIds(found)
}
