import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AcoApi, NodeApi, NodeStatus } from '@intelmesh/node'
import { DemoError, type Launcher, lastLines, type Service, startService } from './processes.ts'
import type { NodePort } from '../node-port.ts'

/** A node of the demo: a home, and the process that runs it. */
export interface DemoNode {
  readonly organisation: string
  readonly home: string
  /** Words that run it, after `intelmesh`. */
  readonly words: readonly string[]
  /** 0 while it does not run. */
  readonly pid: number
  /** Whether its API answers. */
  readonly isUp: boolean
  /** @throws TypeError while it is not up */
  readonly api: NodeApi
  /** What an ACO's people ask of it. @throws TypeError while it is not up */
  readonly aco: AcoApi
  status(): Promise<NodeStatus>
  /** Starts the process and waits until its API answers. */
  start(signal: AbortSignal): Promise<void>
  /** Asks the process to end. @returns its exit code */
  stop(): Promise<number | null>
}

export interface DemoNodeComponents {
  readonly launcher: Launcher
  readonly port: Pick<NodePort, 'createApiClient' | 'findOwner' | 'homePaths'>
  /** Told when the process ends without having been asked to. */
  readonly onDeath: (error: DemoError) => void
}

export interface DemoNodeOptions {
  readonly organisation: string
  readonly home: string
  readonly words: readonly string[]
}

const LOG_NAME = 'node.log'
const SHOWN_LOG_LINES = 12
const POLL_MS = 50
/** Several nodes start side by side on a small machine. */
const START_MS = 60_000

export function createDemoNode(components: DemoNodeComponents, options: DemoNodeOptions): DemoNode {
  const { launcher, port, onDeath } = components
  const { organisation, home, words } = options
  const logFile = join(home, LOG_NAME)
  let service: Service | undefined
  let api: NodeApi | undefined

  async function failure(what: string): Promise<DemoError> {
    const lines = await lastLines(logFile, SHOWN_LOG_LINES)
    return new DemoError(
      'DEMO_NODE_DIED',
      [`${organisation}: the node ${what}. Its log ends:`, ...lines].join('\n  '),
    )
  }

  function death(code: number | null): Promise<DemoError> {
    return failure(code === null ? 'was killed' : `ended with exit code ${code}`)
  }

  function watch(started: Service): void {
    void started.ended.then(async (code) => {
      if (service !== started) return
      service = undefined
      api = undefined
      onDeath(await death(code))
    })
  }

  function running(): NodeApi {
    if (api === undefined) throw new TypeError(`the node of ${organisation} is not up`)
    return api
  }

  return {
    organisation,
    home,
    words,
    get pid() {
      return service?.pid ?? 0
    },
    get isUp() {
      return api !== undefined
    },
    get api() {
      return running()
    },
    get aco() {
      return running().aco as AcoApi
    },
    status: () => running().status(),
    async start(signal) {
      signal.throwIfAborted()
      const started = startService(launcher, words, logFile)
      service = started
      watch(started)
      const deadline = AbortSignal.timeout(START_MS)
      while (!deadline.aborted) {
        if (service !== started) throw await death(await started.ended)
        const owner = await port.findOwner(port.homePaths(home))
        if (owner?.pid === started.pid) {
          api = port.createApiClient(owner)
          return
        }
        await delay(POLL_MS, undefined, { signal })
      }
      throw await failure('is not ready after a minute')
    },
    async stop() {
      const stopping = service
      service = undefined
      api = undefined
      return (await stopping?.stop()) ?? null
    },
  }
}
