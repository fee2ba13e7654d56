import { codeOf, MeshError } from '@intelmesh/protocol'

/** What a {@link StoreError} can say. */
export type StoreErrorCode =
  | 'STORE_MISSING'
  | 'STORE_EXISTS'
  | 'STORE_LOCKED'
  | 'STORE_DAMAGED'
  | 'STORE_NEWER'
  | 'STORE_FULL'
  | 'STORE_IO'
  | 'STORE_CLOSED'
  | 'BACKUP_MALFORMED'
  | 'BACKUP_TRUNCATED'
  | 'BACKUP_MISMATCH'
  | 'BACKUP_NEWER'

/**
 * The store cannot do what it was asked.
 *
 * - `STORE_MISSING`: there is no store at the path, and none is made in its place.
 * - `STORE_EXISTS`: there is something where a new store was to be made.
 * - `STORE_LOCKED`: another process has the store open.
 * - `STORE_DAMAGED`: what is on disk is not what was written.
 * - `STORE_NEWER`: a later version of this program wrote it.
 * - `STORE_FULL`: the disk has no room; reading goes on, and commits do once there is room again.
 * - `STORE_IO`: the disk failed otherwise; the next commit opens the database anew.
 * - `STORE_CLOSED`: the store was closed.
 * - `BACKUP_MALFORMED`: what was to be restored are not the rows of a store.
 * - `BACKUP_TRUNCATED`: they end too early.
 * - `BACKUP_MISMATCH`: they are not as they were written, or do not belong together.
 * - `BACKUP_NEWER`: a later version of this program wrote them.
 */
export class StoreError extends MeshError<StoreErrorCode> {
  override name = 'StoreError'
}

/** Translates what LevelDB or the file system threw. Errors of this store, and bugs, pass unchanged. */
export function storeErrorOf(error: unknown): Error {
  if (error instanceof StoreError || error instanceof TypeError || error instanceof RangeError) return error
  const causes = causesOf(error)
  const codes = causes.map((cause) => codeOf(cause) ?? '')
  const text = causes.at(-1)?.message ?? String(error)
  if (codes.includes('LEVEL_LOCKED')) {
    return new StoreError('STORE_LOCKED', 'another process has the store open: stop it first', {
      cause: error,
    })
  }
  if (codes.includes('LEVEL_CORRUPTION')) return damaged(text, error)
  if (codes.some((code) => NO_SPACE_CODES.has(code)) || NO_SPACE_TEXT.test(text)) {
    return new StoreError('STORE_FULL', `the disk has no room (${text}): free some space`, { cause: error })
  }
  return new StoreError('STORE_IO', `the disk does not do its work (${text})`, { cause: error })
}

/** A STORE_DAMAGED error that says what to do. `what` is what was found. */
export function damaged(what: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `${what}: restore the newest backup; without one, run \`intelmesh store repair\` with the node stopped`,
    { cause },
  )
}

/** LevelDB tells the reason of a failed system call by the text of strerror alone. */
const NO_SPACE_TEXT = /no space left on device|disk quota exceeded/i
const NO_SPACE_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])
const MAX_CAUSES = 8

function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let at = error; at instanceof Error && causes.length < MAX_CAUSES; at = at.cause) causes.push(at)
  return causes
}
