import { link, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomBytes } from 'node:crypto'
import { codeOf } from '@intelmesh/protocol'
import { HomeError } from '../errors.ts'

/**
 * Writes `text` to a new file of mode 0600: all of it or nothing, on disk when this returns. A file of that name is never
 * replaced, since it may hold the only copy of a key.
 *
 * @throws HomeError HOME_EXISTS
 */
export async function writeNewFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    await writeDurably(temporary, text)
    await placeAt(path, temporary)
  } finally {
    await unlink(temporary).catch(() => {})
  }
  await syncFolder(dirname(path))
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

/** A link, unlike a rename, fails where there is a file of that name, and is as atomic. */
async function placeAt(path: string, temporary: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
    throw new HomeError('HOME_EXISTS', `${path} exists: move it away first if it is not needed`, { cause })
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows has no handle on a folder that could be synced.
  if (process.platform === 'win32') return
  await using folder = await open(path, 'r')
  await folder.sync()
}
