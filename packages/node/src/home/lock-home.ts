import { existsSync } from 'node:fs'
import { link, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HomeError } from '../errors.ts'
import type { HomePaths } from './home-paths.ts'
import { makePrivateFolder, readIfPresent, writePrivateFile } from './private-file.ts'
import { isAlive, ownIdentity, parseIdentity, type ProcessIdentity } from './process-identity.ts'

/** The right to a home. Disposing gives it back, and removes `run.json`; a process that dies gives it back by dying. */
export interface HomeLock extends AsyncDisposable {
  /** Writes `run.json`: from now on others find the API there. */
  announce(apiAddress: string): Promise<void>
}

/** Whether the folder may become a home by being taken. */
export interface LockOptions {
  readonly mayCreate: boolean
}

/**
 * Takes a home for this process alone.
 *
 * A lock is a file named by a number, its generation, that says which process took it; the greatest number counts, and it is
 * never deleted, only marked free. So nobody has to break a dead owner's lock, which two could do at once: who finds the last
 * owner gone links the next generation, which only one can, and then makes sure that no greater one appeared meanwhile.
 *
 * @throws HomeError HOME_IN_USE, naming the pid; HOME_MISSING unless it may be created
 */
export async function lockHome(paths: HomePaths, { mayCreate }: LockOptions): Promise<HomeLock> {
  if (!mayCreate && !existsSync(paths.nodeKey)) {
    throw new HomeError(
      'HOME_MISSING',
      `${paths.home} is no home of a node yet: make it one with \`intelmesh join\` or \`intelmesh aco init\`, or name another with --home`,
    )
  }
  await makePrivateFolder(paths.locks)
  const owner = ownIdentity()
  const draft = await writeDraft(paths, JSON.stringify(owner))
  try {
    const generation = await takeNext(paths, draft)
    return new Lock(paths, generation, owner)
  } finally {
    await rm(draft, { force: true })
  }
}

class Lock implements HomeLock {
  readonly #paths: HomePaths
  readonly #generation: number
  readonly #owner: ProcessIdentity
  #isHeld = true

  constructor(paths: HomePaths, generation: number, owner: ProcessIdentity) {
    this.#paths = paths
    this.#generation = generation
    this.#owner = owner
  }

  async announce(apiAddress: string): Promise<void> {
    await writePrivateFile(this.#paths.run, `${JSON.stringify({ ...this.#owner, apiAddress })}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isHeld) return
    this.#isHeld = false
    await rm(this.#paths.run, { force: true })
    await rename(await writeDraft(this.#paths, FREE), generationPath(this.#paths, this.#generation))
  }
}

const FREE = '{}'
/** Each attempt that fails means that another process got ahead. */
const MAX_ATTEMPTS = 100

async function takeNext(paths: HomePaths, draft: string): Promise<number> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const last = Math.max(0, ...(await generations(paths)))
    await assertFree(paths, last)
    if (!(await tryLink(draft, generationPath(paths, last + 1)))) continue
    const all = await generations(paths)
    if (Math.max(...all) === last + 1) {
      await Promise.all(
        all.filter((n) => n <= last).map((n) => rm(generationPath(paths, n), { force: true })),
      )
      await rm(paths.run, { force: true })
      return last + 1
    }
    // Others came and went while this one looked: its generation is an old one.
    await rm(generationPath(paths, last + 1), { force: true })
  }
  throw new HomeError('HOME_IN_USE', `others keep taking ${paths.home}: try again`)
}

/** A file beside the locks, in full before it gets its name. After a power cut it may be empty, and then nobody holds it. */
async function writeDraft({ locks }: HomePaths, content: string): Promise<string> {
  const path = join(locks, `draft-${crypto.randomUUID()}`)
  await writeFile(path, content, { mode: 0o600 })
  return path
}

function generationPath({ locks }: HomePaths, generation: number): string {
  return join(locks, String(generation))
}

async function generations({ locks }: HomePaths): Promise<readonly number[]> {
  return (await readdir(locks)).filter((name) => /^[1-9][0-9]{0,14}$/.test(name)).map(Number)
}

async function assertFree(paths: HomePaths, generation: number): Promise<void> {
  const holder = parseIdentity(await readIfPresent(generationPath(paths, generation)))
  if (holder === undefined || !isAlive(holder)) return
  const run = parseIdentity(await readIfPresent(paths.run))
  const at =
    run?.pid === holder.pid && run.apiAddress !== undefined ? ` and answers at ${run.apiAddress}` : ''
  throw new HomeError(
    'HOME_IN_USE',
    `${paths.home} belongs to process ${holder.pid}${at}: stop it, or use another --home`,
  )
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
