import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { encodeCbor } from '@intelmesh/protocol'
import { HomeError } from '../errors.ts'
import { type HomePaths, syncFolder } from '../home/index.ts'
import { VERSION } from '../version.ts'
import { writeContainer } from './container.ts'
import { BackupError } from './errors.ts'
import { encodeFrame, MAX_FRAME_BYTES } from './frames.ts'
import { type HomeFile, readHomeFiles } from './home-files.ts'

/** What a backup is made of. */
export interface BackupSources {
  readonly paths: HomePaths
  /** The rows of the store, as its `dump` gives them. */
  readonly store: AsyncIterable<Uint8Array>
}

export interface WriteBackupOptions {
  /** ms since the Unix epoch. */
  readonly at: number
  /** Replaces a file of that name, once the new one is whole. */
  readonly mayReplace: boolean
  readonly signal: AbortSignal
  /** Told how many bytes of rows were taken so far. */
  readonly onProgress?: (storeBytes: number) => void
}

/** A backup that was written. */
export interface WrittenBackup {
  /** Size of the file. */
  readonly bytes: number
  readonly storeBytes: number
  /** Names of the files of the home that are in it. */
  readonly files: readonly string[]
}

/**
 * Writes a backup of a home into one file of mode 0600, which appears whole or not at all and is on disk when this returns. The
 * node may run meanwhile. It holds the keys of the home.
 *
 * @throws BackupError FILE_EXISTS; HomeError HOME_MISSING for a home that is no member's yet; and what reading the store throws
 * @see docs/spec/backup.md
 */
export async function writeBackup(
  path: string,
  sources: BackupSources,
  options: WriteBackupOptions,
): Promise<WrittenBackup> {
  assertFree(path, options)
  const draft = `${path}.${randomBytes(6).toString('hex')}.partial`
  const written = { storeBytes: 0, files: [] as string[] }
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await writeContainer(file, content(sources, options, written), options.signal)
      const { size } = await file.stat()
      assertFree(path, options)
      await rename(draft, path)
      await syncFolder(dirname(path))
      return { bytes: size, ...written }
    } finally {
      await file.close()
    }
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

function assertFree(path: string, { mayReplace }: WriteBackupOptions): void {
  if (!mayReplace && existsSync(path))
    throw new BackupError('FILE_EXISTS', `${basename(path)} exists: name another file, or give --force`)
}

/** The store comes before the files: what a renewal changes meanwhile is then newer in the files, which a node takes over at its start. */
async function* content(
  { paths, store }: BackupSources,
  { at, onProgress }: WriteBackupOptions,
  written: { storeBytes: number; files: string[] },
): AsyncGenerator<Uint8Array> {
  yield encodeFrame({ kind: 'about', payload: encodeCbor([at, VERSION]) })
  for await (const piece of store) {
    for (let from = 0; from < piece.length; from += MAX_FRAME_BYTES)
      yield encodeFrame({ kind: 'store', payload: piece.subarray(from, from + MAX_FRAME_BYTES) })
    written.storeBytes += piece.length
    onProgress?.(written.storeBytes)
  }
  const files = await readHomeFiles(paths)
  assertWhole(files, paths)
  for (const { name, bytes } of files) {
    yield encodeFrame({ kind: 'file', payload: encodeCbor([name, bytes]) })
    written.files.push(name)
  }
  yield encodeFrame({ kind: 'end', payload: new Uint8Array(0) })
}

function assertWhole(files: readonly HomeFile[], { home }: HomePaths): void {
  const names = files.map(({ name }) => name)
  const missing = ['certificates', 'node.key'].find((name) => !names.includes(name))
  if (missing !== undefined)
    throw new HomeError('HOME_MISSING', `${home} has no file ${missing}: there is nothing to back up`)
}
