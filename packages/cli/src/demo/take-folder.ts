import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DemoError } from './processes.ts'

/** A folder for homes. Disposing it removes it with all that is in it, unless it is to be kept. */
export interface Folder extends AsyncDisposable {
  readonly path: string
}

/**
 * Makes the folder, or a temporary one. Nobody else's files are ever in it: so it can be removed as a whole.
 *
 * @throws DemoError DEMO_FOLDER_TAKEN
 */
export async function takeFolder({
  scratch,
  keep,
}: {
  readonly scratch: string | undefined
  readonly keep: boolean
}): Promise<Folder> {
  const path =
    scratch === undefined
      ? await mkdtemp(join(tmpdir(), 'intelmesh-demo-'))
      : await takeEmpty(resolve(scratch))
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (!keep) await rm(path, { recursive: true, force: true })
    },
  }
}

async function takeEmpty(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if ((await readdir(path)).length > 0)
    throw new DemoError(
      'DEMO_FOLDER_TAKEN',
      `${path} is not empty: name a folder that is, or that is not there yet`,
    )
  return path
}
