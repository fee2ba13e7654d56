export { BackupError, type BackupErrorCode } from './errors.ts'
export type { BackupIdentity } from './read-backup.ts'
export { resumeAco, type ResumedAco } from './resume-aco.ts'
export { type BackupSummary, checkBackup, type RestoredHome, restoreHome } from './restore-home.ts'
export {
  type BackupSources,
  writeBackup,
  type WriteBackupOptions,
  type WrittenBackup,
} from './write-backup.ts'
