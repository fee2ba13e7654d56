import type { NodeApi } from './api.ts'
import { lockHome } from './home/index.ts'
import { type CoreOptions, openCore } from './running/core.ts'
import { createNodeApi } from './running/node-api.ts'

/** A home opened by a command, for as long as the command takes. No node runs meanwhile. */
export interface OpenHome extends AsyncDisposable {
  readonly api: NodeApi
}

/** Opens a home under the same lock that a running node holds. @throws HomeError HOME_IN_USE; StoreError */
export async function openHome(options: CoreOptions): Promise<OpenHome> {
  await using opening = new AsyncDisposableStack()
  opening.use(await lockHome(options.paths, { mayCreate: false }))
  const core = opening.use(await openCore(options))
  const opened = opening.move()
  return { api: createNodeApi(core, undefined), [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
