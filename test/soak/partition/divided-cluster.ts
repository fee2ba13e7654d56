import { join as pathOf } from 'node:path'
import {
  type AcoApi,
  createAco,
  createApiClient,
  findOwner,
  homePaths,
  join,
  type NodeApi,
} from '@intelmesh/node'
import type { Looked } from '../look-at-nodes.ts'
import { type DividedProxies, freePort, openDividedProxies, type Side } from './divided-proxies.ts'
import { type HostProcess, openHostProcess } from './host-process.ts'

/** A node behind a proxy, on one side. */
export interface DividedNode extends Looked {
  readonly side: Side
}

/** Nodes on two sides, several to a process, each behind a proxy that can cut the sides apart. */
export interface DividedCluster extends AsyncDisposable {
  readonly nodes: readonly DividedNode[]
  readonly proxies: DividedProxies
  /** Names of hosts that ended by themselves. */
  ended(): readonly string[]
  /** Stops every node in good order. */
  stop(): Promise<void>
}

export interface DividedClusterDraft {
  readonly folder: string
  /** Nodes in all, the ACO's among them. */
  readonly size: number
  readonly perProcess: number
  /** Told of each node that runs. */
  readonly onStarted: (running: number) => void
}

/** Founds an ACO and lets members join until there are `size` nodes, half of them on each side. */
export async function openDividedCluster(draft: DividedClusterDraft): Promise<DividedCluster> {
  const { folder, size, perProcess, onStarted } = draft
  await using opening = new AsyncDisposableStack()
  const proxies = opening.use(openDividedProxies())
  const running = opening.use(new AsyncDisposableStack())
  const hosts: HostProcess[] = []
  const nodes: DividedNode[] = []
  const newHome = (home: string) => ({ home, settings: {}, protection: { kind: 'plain' } }) as const

  /** A process has nodes of one side alone: by the process a proxy tells who dials. */
  function openHost(side: Side): HostProcess {
    const logFile = pathOf(folder, `host-${hosts.length}.log`)
    const host = running.use(openHostProcess(logFile, (port) => proxies.dialled(port, side)))
    hosts.push(host)
    return host
  }

  async function startNode(name: string, host: HostProcess, side: Side): Promise<NodeApi> {
    const home = pathOf(folder, name)
    const port = await freePort()
    const proxy = await proxies.front(port, side)
    await host.start(home, {
      ...SETTINGS,
      'network.listen': [`/ip4/127.0.0.1/tcp/${port}`],
      'network.announce': [`/ip4/127.0.0.1/tcp/${proxy}`],
    })
    const owner = await findOwner(homePaths(home))
    if (owner === undefined) throw new Error(`${name} does not answer`)
    const api = createApiClient(owner)
    nodes.push({ name, home, api, side })
    onStarted(nodes.length)
    return api
  }

  await createAco({ ...newHome(pathOf(folder, 'aco')), name: 'ACO', cluster: 'finance.eu' })
  const first = openHost(0)
  const aco = (await startNode('aco', first, 0)).aco as AcoApi
  const perSide = [Math.ceil(size / 2) - 1, Math.floor(size / 2)]
  for (const [side, count] of perSide.entries()) {
    let host = side === 0 ? first : openHost(side)
    let room = side === 0 ? perProcess - 1 : perProcess
    for (let i = 0; i < count; i++) {
      const name = `member-${side}-${i + 1}`
      const { invite } = await aco.invite({ ...GRANT, org: name })
      await join({
        ...newHome(pathOf(folder, name)),
        invite,
        signal: AbortSignal.timeout(JOIN_MS),
        onWaiting() {},
      })
      if (room === 0) {
        host = openHost(side)
        room = perProcess
      }
      room -= 1
      await startNode(name, host, side)
    }
  }
  const opened = opening.move()
  return {
    nodes,
    proxies,
    ended: () => hosts.flatMap((host, i) => (host.hasEnded ? [`host-${i}`] : [])),
    stop: () => running.disposeAsync(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const GRANT = { kind: 'member', roles: [], clearance: 'green', days: 14, local: true } as const
const JOIN_MS = 60_000

const SETTINGS: Readonly<Record<string, unknown>> = {
  'enrolment.host': '127.0.0.1',
  'enrolment.port': 0,
  'enrolment.local': true,
  'log.level': 'warn',
  'gate.allow': ['reserved'],
}
