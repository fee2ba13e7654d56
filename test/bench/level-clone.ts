import { constants, copyFile, link, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * A second LevelDB with the rows of one that is closed, in no time: tables that its store has noted are never written again, and are
 * shared. The rest is copied: LevelDB gives the number of a table that it had not finished to another one.
 *
 * @param from folder of a LevelDB that a store was closed on, or of the store
 * @param to a folder to make
 */
export async function cloneLevel(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  const noted = await readFile(join(dirname(from), 'tables.crc32'), 'utf8').catch(() => '')
  const whole = new Set(noted.split('\n').map((line) => line.split(' ')[0]))
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await cloneLevel(source, target)
    else if (whole.has(entry.name)) await link(source, target).catch(() => copyFile(source, target))
    else if (entry.name !== 'LOCK') await copyFile(source, target, constants.COPYFILE_FICLONE)
  }
}
