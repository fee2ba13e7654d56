import { utf8Bytes } from '@intelmesh/protocol'
import type { Hex, Store } from '../store/index.ts'
import { expiredOnShelf } from './shelf.ts'

const AS_OF_KEY = 'as-of'
const STEP = 10_000
const HOUR_MS = 3_600_000

/** The whole hour since the Unix epoch in which an instant lies. */
export function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS)
}

/** Takes what has expired out of the store, hour by hour, and remembers how far it is. */
export interface Sweeper {
  readonly asOf: number
  /** Removes everything that expires by `hour` in one batch. An hour that was swept already changes nothing. */
  sweepTo(hour: number): Promise<void>
}

export async function openSweeper(store: Store): Promise<Sweeper> {
  const held = await store.meta(AS_OF_KEY)
  let asOf = held === undefined ? 0 : Number(new TextDecoder().decode(held))

  return {
    get asOf() {
      return asOf
    },
    async sweepTo(hour) {
      if (hour <= asOf) return
      const removed: Hex[] = [...(await store.expiring(hour, STEP))]
      const keys = await expiredOnShelf(store, hour)
      const ledger = Object.fromEntries(keys.map((key) => [key, undefined]))
      await store.commit({ removed, ledger, meta: { [AS_OF_KEY]: utf8Bytes(String(hour)) } }, { sync: false })
      // What does not fit into one read goes in further batches; asOf is told only when nothing is left.
      for (
        let more = await store.expiring(hour, STEP);
        more.length > 0;
        more = await store.expiring(hour, STEP)
      ) {
        await store.commit({ removed: more }, { sync: false })
      }
      asOf = hour
    },
  }
}
