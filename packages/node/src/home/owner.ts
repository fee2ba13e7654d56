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
 * The node that runs a home and is ready to answer, or `undefined`. A `run.json` whose process is gone says nothing. With a
 * token, it is that which opens the node, and not the home's own.
 *
 * @throws HomeError HOME_FORBIDDEN for who may not read the home; HOME_DAMAGED when a running node has no token
 */
export async function findOwner(paths: HomePaths, token?: string): Promise<Owner | undefined> {
  const run = parseIdentity(await readOwn(paths.run))
  if (run?.apiAddress === undefined || !isAlive(run)) return undefined
  const shown = token ?? (await readOwn(paths.token))?.trim()
  if (shown === undefined || shown === '') {
    throw new HomeError(
      'HOME_DAMAGED',
      `process ${run.pid} runs this home, but ${paths.token} is missing: stop the node and start it again`,
    )
  }
  return { pid: run.pid, apiAddress: run.apiAddress, token: shown }
}

async function readOwn(path: string): Promise<string | undefined> {
  try {
    return await readIfPresent(path)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EACCES')) throw cause
    throw new HomeError(
      'HOME_FORBIDDEN',
      `this user may not read ${path}: ask its owner for a token of your own and the address of the node`,
      { cause },
    )
  }
}
