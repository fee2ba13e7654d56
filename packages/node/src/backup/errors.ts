import { MeshError } from '@intelmesh/protocol'

export type BackupErrorCode =
  | 'BACKUP_MALFORMED'
  | 'BACKUP_TRUNCATED'
  | 'BACKUP_MISMATCH'
  | 'BACKUP_NEWER'
  | 'BACKUP_MISSING'
  | 'FILE_EXISTS'

/**
 * A backup cannot be written or read.
 *
 * - `BACKUP_MALFORMED`: the file is no backup, or not in the form of one.
 * - `BACKUP_TRUNCATED`: it ends too early.
 * - `BACKUP_MISMATCH`: it is not what was written, or its parts are not of one home.
 * - `BACKUP_NEWER`: a later version of this program wrote it.
 * - `BACKUP_MISSING`: there is no such file.
 * - `FILE_EXISTS`: there is a file already where one was to be written.
 */
export class BackupError extends MeshError<BackupErrorCode> {
  override name = 'BackupError'
}
