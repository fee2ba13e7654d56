import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import type { FileStamp } from './folder-entries.ts'

/** Files that some process has open for writing. */
export interface OpenFiles {
  has(file: Pick<FileStamp, 'dev' | 'ino'>): boolean
}

/**
 * Looks through all processes whose files this user may see. Linux alone tells; elsewhere, and of processes of others, nothing
 * is known.
 *
 * @see proc_pid_fdinfo(5)
 */
export async function filesOpenForWriting(proc = '/proc'): Promise<OpenFiles> {
  const processes = (await namesIn(proc)).filter((name) => /^[0-9]+$/.test(name))
  const found = new Set<string>()
  for (const pid of processes) {
    const descriptors = await namesIn(`${proc}/${pid}/fd`)
    const keys = await Promise.all(descriptors.map((name) => writtenFile(`${proc}/${pid}`, name)))
    for (const key of keys) if (key !== undefined) found.add(key)
  }
  return { has: (file) => found.has(keyOf(file)) }
}

/** Most of what a process has open are pipes, sockets and devices, which have no path or one under /dev. */
async function writtenFile(process: string, descriptor: string): Promise<string | undefined> {
  const path = await readlink(`${process}/fd/${descriptor}`).catch(() => '')
  if (!path.startsWith('/') || path.startsWith('/dev/')) return undefined
  const info = await readFile(`${process}/fdinfo/${descriptor}`, 'utf8').catch(() => '')
  if (!isForWriting(info)) return undefined
  const file = await stat(`${process}/fd/${descriptor}`).catch(() => undefined)
  return file?.isFile() === true ? keyOf(file) : undefined
}

/** Processes and their files come and go while they are listed. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

/** The two lowest bits are 0 for reading alone. */
function isForWriting(info: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1]
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0
}

function keyOf({ dev, ino }: Pick<FileStamp, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`
}
