import { codeOf } from '@intelmesh/protocol'

/** The code of the error that `run` throws, the error itself in words when it has no code, or `NOTHING_THROWN`. */
export function codeFrom(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
  return 'NOTHING_THROWN'
}
