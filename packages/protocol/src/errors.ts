/** Base of every error thrown on purpose. Match on `code`; messages may change in any release. */
export class MeshError<Code extends string = string> extends Error {
  override name = 'MeshError'
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The code of an error thrown on purpose, or `undefined` for anything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
