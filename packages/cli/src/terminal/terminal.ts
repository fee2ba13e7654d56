/** One output of the process. */
export interface Output {
  readonly isTerminal: boolean
  /** Columns of the terminal; `undefined` where there is none, and lines are not cut. */
  readonly columns: number | undefined
  write(text: string): void
}

/** What a person sees and types. */
export interface Terminal {
  readonly out: Output
  readonly err: Output
  /** Whether a person can be asked. */
  readonly isInteractive: boolean
  /** All of standard input. @throws UsageError beyond `maxBytes` */
  readInput(maxBytes: number): Promise<Uint8Array>
  /** Standard input as it comes, whatever its length. */
  readPieces(): AsyncIterable<Uint8Array>
  /** Asks without showing what is typed. */
  askSecret(question: string): Promise<string>
  /** Asks a question that only `y` or `yes` agrees to. */
  confirm(question: string): Promise<boolean>
}
