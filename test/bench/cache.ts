import { existsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Corpora and stores of a million records: made once, and found again by the next process. */
export const CACHE: string = join(tmpdir(), 'intelmesh-bench')

/** Clears away what was not made today: other versions of the program made it, and one store takes a gigabyte. */
export async function tidyCache(): Promise<void> {
  if (!existsSync(CACHE)) return
  for (const name of await readdir(CACHE)) {
    const path = join(CACHE, name)
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true })
  }
}

const DAY_MS = 86_400_000
