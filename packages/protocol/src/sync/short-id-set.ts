import type { MacKey } from './chaskey.ts'
import { shortIdsOf } from './cells.ts'
import { countIds, ID_BYTES, idAt, type JoinedIds } from './joined-ids.ts'

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

/** The ids whose short ids are in a set, in their order. */
export function idsWithShortIds(key: MacKey, ids: JoinedIds, wanted: ShortIdSet): JoinedIds {
  const shortIds = shortIdsOf(key, ids)
  const found: number[] = []
  for (let i = 0; i < countIds(ids); i++)
    if (wanted.has(shortIds[2 * i] as number, shortIds[2 * i + 1] as number)) found.push(i)
  const joined = new Uint8Array(found.length * ID_BYTES)
  found.forEach((index, i) => joined.set(idAt(ids, index), i * ID_BYTES))
  return joined
}
