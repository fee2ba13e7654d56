import { type FileStamp, isSameStamp } from './folder-entries.ts'

/** Remembers since when files have been as they are. */
export interface Settling {
  /** ms for which the file has been seen in this state. */
  quietMs(name: string, stamp: FileStamp, now: number): number
  /** Forgets all files but these. */
  keep(names: ReadonlySet<string>): void
}

export function createSettling(): Settling {
  const seen = new Map<string, { readonly stamp: FileStamp; readonly since: number }>()
  return {
    quietMs(name, stamp, now) {
      const before = seen.get(name)
      if (before !== undefined && isSameStamp(before.stamp, stamp)) return now - before.since
      seen.set(name, { stamp, since: now })
      return 0
    },
    keep(names) {
      for (const name of seen.keys()) if (!names.has(name)) seen.delete(name)
    },
  }
}

/** A file without a last line end may be written in two halves; so it is given so many times as long. */
export const UNFINISHED_FACTOR = 10

/** Whether a file may be taken for finished, after what is known of it. */
export function isFinished(
  {
    quietMs,
    endsLine,
    isOpen,
  }: { readonly quietMs: number; readonly endsLine: boolean; readonly isOpen: boolean },
  settleMs: number,
): boolean {
  return !isOpen && quietMs >= (endsLine ? settleMs : settleMs * UNFINISHED_FACTOR)
}
