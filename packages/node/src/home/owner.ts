import { HomeError } from '../errors.ts'
import type { HomePaths } from './home-paths.ts'
import { readIfPresent } from './private-file.ts'
import { isAlive, parseIdentity } from './process-identity.ts'

/** A running node that owns a home, and what it takes to talk to it. */
export interface Owner {
  readonly pid: number
  readonly apiAddress: string
  readonly token: string
}

/**
 * The node that runs a home and is ready to answer, or `undefined`. A `run.json` whose process is gone says nothing.
 *
 * @throws HomeError HOME_DAMAGED when a running node's files cannot be read
 */
export async function findOwner(paths: HomePaths): Promise<Owner | undefined> {
  const run = parseIdentity(await readIfPresent(paths.run))
  if (run?.apiAddress === undefined || !isAlive(run)) return undefined
  const token = (await readIfPresent(paths.token))?.trim()
  if (token === undefined || token === '') {
    throw new HomeError(
      'HOME_DAMAGED',
      `process ${run.pid} runs this home, but ${paths.token} is missing: stop the node and start it again`,
    )
  }
  return { pid: run.pid, apiAddress: run.apiAddress, token }
}
