import { utf8Bytes } from '@intelmesh/protocol'
import { type Store, type StoreChanges, StoreError } from '../store/index.ts'
import { dueBy, untilHour } from './due.ts'
import { GRAVES } from './graves.ts'
import { SHELF } from './shelf-rows.ts'

const AS_OF_KEY = 'as-of'
/** Says that all rows of the ledger that lapse have one beside them by which they are found. */
const INDEXED_KEY = 'due-rows'
/** Records or rows removed in one batch: a larger one would hold the event loop. */
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
  if ((await store.meta(INDEXED_KEY)) === undefined) await index(store).catch(passOver)
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
      for await (const ledger of dueBy(store, hour, STEP)) await store.commit({ ledger }, { sync: false })
      // Said last: a sweep that broke off begins again.
      await store.commit({ meta: { [AS_OF_KEY]: utf8Bytes(String(hour)) } }, { sync: false })
      asOf = hour
    },
  }
}

/** Of a store that was made before there were such rows: once, while nobody else writes. A disk that has no room leaves it to the next opening. */
async function index(store: Store): Promise<void> {
  let entries: (readonly [string, unknown])[] = []
  async function write(meta: StoreChanges['meta'] = {}): Promise<void> {
    await store.commit({ ledger: Object.fromEntries(entries), meta }, { sync: false })
    entries = []
  }
  for (const prefix of [SHELF, GRAVES]) {
    for await (const [key, row] of store.ledgerRows(prefix)) {
      const [, due] = untilHour((row as { readonly expires: number }).expires, key, row)
      entries.push(due)
      if (entries.length >= STEP) await write()
    }
  }
  await write({ [INDEXED_KEY]: utf8Bytes('1') })
}

function passOver(error: unknown): void {
  if (!(error instanceof StoreError)) throw error
}
