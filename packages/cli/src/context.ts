import type { NodePort } from './node-port.ts'
import type { Terminal } from './terminal/terminal.ts'

/** The world of a command: everything that is not in its command line. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  /** ms since the Unix epoch. */
  readonly now: () => number
  /** Aborts when the person presses Ctrl-C, the process is asked to end, or nobody reads its output any more. */
  readonly signal: AbortSignal
  readonly loadNode: () => Promise<NodePort>
}
