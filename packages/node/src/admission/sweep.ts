import { utf8Bytes } from '@intelmesh/protocol'
import type { Store } from '../store/index.ts'
import { expiredGraves } from './graves.ts'
import { expiredOnShelf } from './shelf.ts'

const AS_OF_KEY = 'as-of'
/** Records removed in one batch: a larger one would hold the event loop. */
const STEP = 1_000
const HOUR_MS = 3_600_000

/** The whole hour since the Unix epoch in which an instant lies. */
export function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS)
}

/** Takes what has expired out of the store, hour by hour, and remembers how far it is. */
export interface Sweeper {
  readonly asOf: number
  /** Removes everything that expires by `hour`. An hour that was swept already changes nothing. */
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
      await store.certain()
      for (
        let due = await store.expiring(hour, STEP);
        due.length > 0;
        due = await store.expiring(hour, STEP)
      ) {
        await store.commit({ removed: due }, { sync: false })
      }
      const keys = [...(await expiredOnShelf(store, hour)), ...(await expiredGraves(store, hour))]
      const ledger = Object.fromEntries(keys.map((key) => [key, undefined]))
      // Said last: a sweep that broke off begins again.
      await store.commit({ ledger, meta: { [AS_OF_KEY]: utf8Bytes(String(hour)) } }, { sync: false })
      asOf = hour
    },
  }
}
