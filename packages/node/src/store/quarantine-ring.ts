/** A quarantined row in the order in which rows came. */
export interface RingEntry {
  readonly number: number
  /** Node key id, or `file`, `api`. */
  readonly from: string
}

/** Rows kept in all, and of one source, so that nobody can push out what is known of others. */
export const MAX_QUARANTINE = 10_000
export const MAX_QUARANTINE_OF_ONE = 1_000

/** Which of `entries`, ascending by number, stay: the newest, up to both limits. */
export function trimRing(entries: readonly RingEntry[]): {
  readonly kept: readonly RingEntry[]
  readonly dropped: readonly RingEntry[]
} {
  const kept: RingEntry[] = []
  const dropped: RingEntry[] = []
  const ofSource = new Map<string, number>()
  for (const entry of entries.toReversed()) {
    const count = ofSource.get(entry.from) ?? 0
    if (count < MAX_QUARANTINE_OF_ONE && kept.length < MAX_QUARANTINE) {
      kept.push(entry)
      ofSource.set(entry.from, count + 1)
    } else dropped.push(entry)
  }
  return { kept: kept.reverse(), dropped }
}
