import type { NodeApi } from './api.ts'
import { type Caller, LOCAL } from './caller.ts'
import { ensureToken, homePaths, lockHome } from './home/index.ts'
import { startApi } from './http/index.ts'
import { startEnrolment } from './http/enrolment/index.ts'
import { mayHeal, openHealed } from './open-healed.ts'
import type { HomeAccess, OpenHome } from './open-home.ts'
import { createLogger, createMetrics } from './observe/index.ts'
import { joinMesh } from './running/mesh.ts'
import { knowOwner } from './people/index.ts'
import { createNodeApi } from './running/node-api.ts'
import { startStoreCare } from './running/store-care.ts'
import { startUpkeep } from './running/upkeep.ts'

/** A node that runs in this process. Disposing it stops every part, the last started first. */
export interface RunningNode extends OpenHome {
  /** Multiaddrs with the peer id. */
  readonly addresses: readonly string[]
  /** `http://127.0.0.1:<port>` */
  readonly apiAddress: string
  /** ACOs only: where newcomers enrol on this machine. */
  readonly enrolmentAddress?: string
  /** Aborts when something in the store was found to be damaged, and the next start heals it. */
  readonly broken: AbortSignal
}

/**
 * Starts the node of a home: store, trust, admission, mesh, API; on an ACO's home the enrolment service and the heartbeat too.
 *
 * @throws HomeError, StoreError, TrustError, NetworkError
 */
export async function startNode({ home, config, passphrase }: HomeAccess): Promise<RunningNode> {
  const paths = homePaths(home)
  const logger = createLogger({ level: config.log.level })
  const metrics = createMetrics(Date.now)
  await using starting = new AsyncDisposableStack()
  const lock = starting.use(await lockHome(paths, { mayCreate: false }))
  const core = starting.use(await openHealed({ paths, config, passphrase, logger, metrics }))
  let enrolmentAddress: string | undefined
  if (core.authority !== undefined) {
    const { host, port } = config.enrolment
    const enrolment = starting.use(await startEnrolment({ authority: await core.authority(), host, port }))
    enrolmentAddress = urlsOf([], host, enrolment.port, true)[0]
    core.enrolmentUrls = (isLocal) =>
      urlsOf(config.enrolment.publicUrls, host, enrolment.port, isLocal || config.enrolment.local)
  }
  const mesh = starting.use(await joinMesh(core))
  const broken = new AbortController()
  const care = starting.use(
    await startStoreCare(core, () => {
      if (mayHeal({ paths, config })) broken.abort()
    }),
  )
  starting.use(await startUpkeep(core, mesh, care))
  const apiFor = (caller: Caller): NodeApi => createNodeApi(core, mesh, caller)
  const server = starting.use(
    await startApi(
      {
        apiFor,
        authenticate: knowOwner(await ensureToken(paths), core.people),
        refused: (refusal) => core.people.refused(refusal),
        metrics,
        logger: logger.scope('api'),
      },
      { host: config.api.host, port: config.api.port },
    ),
  )
  await lock.announce(server.address)
  const started = starting.move()
  return {
    api: apiFor(LOCAL),
    broken: broken.signal,
    apiAddress: server.address,
    addresses: mesh.network.addresses,
    ...(enrolmentAddress !== undefined && { enrolmentAddress }),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** URLs that go into invites: the public ones, and this machine's own only when it is asked for. */
function urlsOf(
  publicUrls: readonly string[],
  host: string,
  port: number,
  isLocal: boolean,
): readonly string[] {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const isLoopback = name === 'localhost' || name.startsWith('127.') || name === '::1'
  const own = `http://${name.includes(':') ? `[${name}]` : name}:${port}`
  return isLocal || (publicUrls.length === 0 && !isLoopback) ? [...publicUrls, own] : publicUrls
}
