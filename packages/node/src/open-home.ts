import type { NodeApi } from './api.ts'
import type { NodeConfig } from './config/index.ts'
import { homePaths, lockHome } from './home/index.ts'
import { createLogger, NO_METRICS } from './observe/index.ts'
import { openCore } from './running/core.ts'
import { createNodeApi } from './running/node-api.ts'

/** What opening a home takes. */
export interface HomeAccess {
  readonly home: string
  readonly config: NodeConfig
  /** Asked at most once, and only when a key file needs it. */
  readonly passphrase: () => Promise<Uint8Array>
}

/** A home opened by this process, under its lock. */
export interface OpenHome extends AsyncDisposable {
  readonly api: NodeApi
}

/** Opens a home for as long as a command takes. No node runs meanwhile. @throws HomeError HOME_MISSING, HOME_IN_USE; StoreError */
export async function openHome({ home, config, passphrase }: HomeAccess): Promise<OpenHome> {
  const paths = homePaths(home)
  await using opening = new AsyncDisposableStack()
  opening.use(await lockHome(paths, { mayCreate: false }))
  const logger = createLogger({ level: config.log.level === 'silent' ? 'silent' : 'error' })
  const core = opening.use(await openCore({ paths, config, passphrase, logger, metrics: NO_METRICS }))
  // Whoever took a leak back without a running node expects it off the disk when the command ends.
  opening.defer(() => core.store.compacted())
  const opened = opening.move()
  return { api: createNodeApi(core, undefined), [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
