import type { Output } from '../terminal/terminal.ts'

/** A line that says how far something is, on a terminal, once it takes longer than a moment. */
export interface Progress {
  show(text: string): void
  /** Takes the line away. */
  clear(): void
}

/** @param now ms since the Unix epoch */
export function createProgress(output: Output, now: () => number): Progress {
  const visibleAt = now() + PATIENCE_MS
  let isShown = false
  return {
    show(text) {
      if (!output.isTerminal || now() < visibleAt) return
      isShown = true
      output.write(`\r${text}\u{1b}[K`)
    },
    clear() {
      if (isShown) output.write('\r\u{1b}[K')
      isShown = false
    },
  }
}

/** What is over sooner needs no announcement. */
const PATIENCE_MS = 1_000
