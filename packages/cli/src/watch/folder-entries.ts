import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What tells one state of a file from another. */
export interface FileStamp {
  readonly size: number
  /** ms since the Unix epoch. */
  readonly mtimeMs: number
  readonly ino: number
  readonly dev: number
}

/** What stands in a watched folder: a file, or something that is never read, and why. */
export interface FolderEntry {
  readonly name: string
  readonly stamp?: FileStamp
  readonly skipped?: Skipped
}

/** Why a file is not published. */
export interface Skipped {
  readonly code: 'FILE_NOT_REGULAR' | 'FILE_UNREADABLE' | 'FILE_EMPTY' | 'FILE_BUSY' | 'FILE_REFUSED'
  readonly reason: string
}

/** Files by name; hidden and unfinished ones, and folders, are left out. Links are not followed: they lead out of the folder. */
export async function folderEntries(folder: string): Promise<readonly FolderEntry[]> {
  const names = (await readdir(folder)).filter((name) => !isIgnored(name)).toSorted()
  const entries = await Promise.all(names.map((name) => entryOf(folder, name)))
  return entries.filter((entry) => entry !== undefined)
}

/** Whether two stamps are of the same file in the same state. */
export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino && a.dev === b.dev
}

/** What programs call files that are not finished, or are none of anybody else's business. */
function isIgnored(name: string): boolean {
  return name.startsWith('.') || ['.tmp', '.part', '~'].some((end) => name.endsWith(end))
}

async function entryOf(folder: string, name: string): Promise<FolderEntry | undefined> {
  // What vanishes between the two calls was never there.
  const found = await lstat(join(folder, name)).catch(() => undefined)
  if (found === undefined || found.isDirectory()) return undefined
  if (!found.isFile()) {
    const reason = 'it is no regular file, and links are not followed'
    return { name, skipped: { code: 'FILE_NOT_REGULAR', reason } }
  }
  const { size, mtimeMs, ino, dev } = found
  return { name, stamp: { size, mtimeMs, ino, dev } }
}
