import type { QuarantineRow, Store } from '../store/index.ts'

/** Writes down what was refused as a whole: a row for a sender and a code, and no more of them for a while than how many there were. */
export interface Notes {
  /** Never rejects: what cannot be written down is not. */
  note(refused: Omit<QuarantineRow, 'at'>): Promise<void>
}

/** @param clock ms since the Unix epoch */
export function createNotes(store: Pick<Store, 'commit'>, clock: () => number): Notes {
  const kept = new Map<string, { readonly at: number; more: number }>()

  return {
    async note({ code, from, what, detail }) {
      if (QUIET.has(code)) return
      const at = clock()
      const name = `${from} ${what} ${code}`
      const last = kept.get(name)
      // A clock that was set back must not silence anybody.
      if (last !== undefined && Math.abs(at - last.at) < QUIET_MS) {
        last.more++
        return
      }
      kept.delete(name)
      kept.set(name, { at, more: 0 })
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value as string)
      const before = last === undefined || last.more === 0 ? [] : [`and ${last.more} more before`]
      await store
        .commit(
          { quarantine: [{ at, code, from, what, detail: [detail, ...before].join(' ').trim() }] },
          { sync: false },
        )
        .catch(() => undefined)
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
/** Senders are members, and codes are few: beyond it somebody tries all of them. */
const MAX_KEPT = 4_096
