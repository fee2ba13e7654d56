import type { QuarantineRow, Store } from '../store/index.ts'

/** Writes down what was refused as a whole: of one sender and code some rows a minute, and then no more than how many there were. */
export interface Notes {
  /** Never rejects: what cannot be written down is not. */
  note(refused: Omit<QuarantineRow, 'at'>): Promise<void>
}

/** @param clock ms since the Unix epoch */
export function createNotes(store: Pick<Store, 'commit'>, clock: () => number): Notes {
  const write = (row: QuarantineRow): Promise<void> =>
    store.commit({ quarantine: [row] }, { sync: false }).catch(() => undefined)
  const kept = new Map<string, { readonly at: number; rows: number; more: number }>()

  return {
    async note({ code, from, what, detail }) {
      if (QUIET.has(code)) return
      const at = clock()
      const name = `${from} ${what} ${code}`
      const last = kept.get(name)
      // A clock that was set back must not silence anybody.
      if (last !== undefined && Math.abs(at - last.at) < QUIET_MS) {
        if (last.rows >= ROWS_A_MINUTE) {
          last.more++
          return
        }
        last.rows++
        return write({ at, code, from, what, detail })
      }
      kept.delete(name)
      kept.set(name, { at, rows: 1, more: 0 })
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value as string)
      const before = last === undefined || last.more === 0 ? [] : [`and ${last.more} more before`]
      await write({ at, code, from, what, detail: [detail, ...before].join(' ').trim() })
    },
  }
}

/** Codes too ordinary to be worth a line. */
const QUIET: ReadonlySet<string> = new Set([
  'DUPLICATE',
  'QUEUE_FULL',
  'STORE_FULL',
  'STORE_IO',
  'RECORD_EXPIRED',
])
const QUIET_MS = 60_000
/** Enough to see what goes on; of a flood, the rest tells nothing new. */
const ROWS_A_MINUTE = 16
/** Senders are members, and codes are few: beyond it somebody tries all of them. */
const MAX_KEPT = 4_096
