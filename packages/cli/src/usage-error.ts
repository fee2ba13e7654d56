import { MeshError } from '@intelmesh/protocol'

/** A word that was not known, and those that would have been. */
export interface UnknownWord {
  readonly word: string
  readonly candidates: readonly string[]
}

/** The command line cannot be understood, or lacks something. The message says what to write. */
export class UsageError extends MeshError<'USAGE'> {
  override name = 'UsageError'
  readonly unknown: UnknownWord | undefined

  constructor(message: string, unknown?: UnknownWord) {
    super('USAGE', message)
    this.unknown = unknown
  }
}
