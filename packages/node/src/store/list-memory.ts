/** Rows of lists in the newest window, as they are on disk: what comes next stands behind them, and need not read them. */
export interface ListMemory {
  /** The row of a list in a window, empty where there is none; `undefined` where only the disk knows. */
  find(name: string, window: number): Uint8Array | undefined
  /** Takes over a row that was written, empty where it was deleted. Those of earlier windows are forgotten. */
  keep(name: string, window: number, row: Uint8Array): void
}

/** A memory of a disk on which no window is later than `newest`. It knows all of those that begin later still. */
export function createListMemory(newest: number): ListMemory {
  const rows = new Map<string, Uint8Array>()
  let current = newest
  return {
    find(name, window) {
      const known = window === current ? rows.get(name) : undefined
      return known ?? (window >= current && window > newest ? NOTHING : undefined)
    },
    keep(name, window, row) {
      if (window > current) rows.clear()
      current = Math.max(current, window)
      if (window === current) rows.set(name, row)
    },
  }
}

const NOTHING = new Uint8Array()
