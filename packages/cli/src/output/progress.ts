import type { Output } from '../terminal/terminal.ts'
import { fitWidth } from './display-width.ts'

/** A line that says how far something is, on a terminal, once it takes longer than a moment. */
export interface Progress {
  show(text: string): void
  /** Takes the line away. */
  clear(): void
}

/** @param now ms since the Unix epoch */
export function createProgress(output: Output, now: () => number): Progress {
  let showsAgainAt = now() + PATIENCE_MS
  let isShown = false
  return {
    show(text) {
      if (!output.isTerminal || now() < showsAgainAt) return
      showsAgainAt = now() + INTERVAL_MS
      isShown = true
      output.write(`\r${fitWidth(text, (output.columns ?? 80) - 1)}\u{1b}[K`)
    },
    clear() {
      if (isShown) output.write('\r\u{1b}[K')
      isShown = false
    },
  }
}

/** What is over sooner needs no announcement. */
const PATIENCE_MS = 1_000
/** Nobody reads faster. */
const INTERVAL_MS = 100
