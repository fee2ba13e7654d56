import { copyFile, cp, link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A second LevelDB with the rows of one that is closed, in no time: tables, which are never written again, are shared; the rest
 * is copied.
 *
 * @param from folder of a LevelDB, or one above it
 * @param to a folder to make
 */
export async function cloneLevel(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await cloneLevel(source, target)
    else if (/\.(ldb|sst)$/.test(entry.name)) await link(source, target).catch(() => cp(source, target))
    else if (entry.name !== 'LOCK') await copyFile(source, target)
  }
}
