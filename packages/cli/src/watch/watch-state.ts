import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MeshError } from '@intelmesh/protocol'
import { UsageError } from '../usage-error.ts'
import type { FileStamp } from './folder-entries.ts'

/** A file that was published, as it was then. */
export interface DoneFile extends FileStamp {
  readonly name: string
  /** SHA-256 of what it held, in hexadecimal. */
  readonly sha256: string
}

/** What was done in a folder, kept in the folder itself, so that it lasts as long as the files. */
export interface WatchState {
  get(name: string): DoneFile | undefined
  /** Remembers a file. */
  put(file: DoneFile): void
  /** Forgets all files but these. */
  keep(names: ReadonlySet<string>): void
  /** Writes what has changed to disk. What a crash comes before is offered again, and found unchanged. */
  save(): Promise<void>
}

const STATE_NAME = '.intelmesh-watch.json'
/** A hundred thousand files with long names. */
const MAX_STATE_BYTES = 64 * 1024 * 1024

/**
 * Reads the state of a folder, and writes it back at once: who cannot write it would publish everything again after each start.
 *
 * @throws UsageError for a folder that is watched for another feed, or cannot be written; MeshError WATCH_STATE_DAMAGED
 */
export async function openWatchState(folder: string, feed: string): Promise<WatchState> {
  const path = join(folder, STATE_NAME)
  const found = await readState(path)
  // What published nothing for a feed, such as one of a mistyped name, does not hold the folder.
  if (found !== undefined && found.feed !== feed && found.files.length > 0)
    throw new UsageError(
      `${folder} is watched for the feed ${found.feed}: take another folder, or remove ${path}`,
    )
  const files = new Map(found?.files.map((file) => [file.name, file]))
  let isSaved = false
  const state: WatchState = {
    get: (name) => files.get(name),
    put(file) {
      files.set(file.name, file)
      isSaved = false
    },
    keep(names) {
      const gone = [...files.keys()].filter((name) => !names.has(name))
      for (const name of gone) files.delete(name)
      if (gone.length > 0) isSaved = false
    },
    async save() {
      if (isSaved) return
      isSaved = true
      await writeState(path, { version: 1, feed, files: [...files.values()] })
    },
  }
  await state.save().catch((cause: unknown) => {
    throw new UsageError(
      `cannot write ${path}, where it is kept what was published: ${(cause as Error).message}`,
    )
  })
  return state
}

interface StateFile {
  readonly version: 1
  readonly feed: string
  readonly files: readonly DoneFile[]
}

async function readState(path: string): Promise<StateFile | undefined> {
  // Who may write into the folder may put a link or a pipe there: neither is followed or waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(path, flags).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw damaged(path, cause)
  })
  if (handle === undefined) return undefined
  await using _ = handle
  const found = await handle.stat()
  if (!found.isFile() || found.size > MAX_STATE_BYTES) throw damaged(path)
  try {
    const value: unknown = JSON.parse(await handle.readFile('utf8'))
    if (isStateFile(value)) return value
  } catch (cause) {
    throw damaged(path, cause)
  }
  throw damaged(path)
}

/** Whole or not at all, also when the power fails in between. Nobody else may read what somebody publishes. */
async function writeState(path: string, state: StateFile): Promise<void> {
  const beside = `${path}.tmp`
  await rm(beside, { force: true })
  {
    await using handle = await open(beside, 'wx', 0o600)
    await handle.writeFile(JSON.stringify(state))
    await handle.sync()
  }
  await rename(beside, path)
}

function isStateFile(value: unknown): value is StateFile {
  const { version, feed, files } = (value ?? {}) as Partial<Record<keyof StateFile, unknown>>
  return version === 1 && typeof feed === 'string' && Array.isArray(files) && files.every(isDoneFile)
}

function isDoneFile(value: unknown): value is DoneFile {
  const { name, sha256, size, mtimeMs, ino, dev } = (value ?? {}) as Partial<Record<keyof DoneFile, unknown>>
  const numbers = [size, mtimeMs, ino, dev]
  return [name, sha256].every((text) => typeof text === 'string') && numbers.every(Number.isFinite)
}

function damaged(path: string, cause?: unknown): MeshError {
  return new MeshError(
    'WATCH_STATE_DAMAGED',
    `${path} does not say what was published: remove it to publish everything again`,
    {
      cause,
    },
  )
}
