import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inServiceEnvironment } from '../../packages/cli/src/service/service-environment.ts'
import { createApiClient, findOwner, homePaths, type NodeApi } from '@intelmesh/node'

/** A node in a process of its own, which can be started and ended again and again. Disposing kills it. */
export interface NodeProcess extends AsyncDisposable {
  readonly name: string
  readonly home: string
  /** @throws TypeError while it does not run */
  readonly api: NodeApi
  /** Starts it and waits until its API answers. @throws Error with the end of its log when it does not come up */
  start(): Promise<void>
  /** Finds its API again, after it has started anew by itself. @throws Error when it does not come up */
  reconnect(): Promise<void>
  /** Starts it and sends SIGKILL so many ms later, whatever it does by then. */
  startAndKill(afterMs: number): Promise<void>
  /** Sends SIGKILL at once, waits until the process is gone, and says whether that signal was what ended it. */
  kill(): Promise<boolean>
  /** Sends SIGTERM and gives the exit code; `null` when a signal ended it. */
  stop(): Promise<number | null>
  /** Bytes of memory that are its own, mapped files left out. @throws TypeError while it does not run */
  rssAnon(): Promise<number>
}

/** What a node process is. */
export interface NodeProcessOptions {
  readonly name: string
  readonly home: string
  /** The words that run it, without `--home`: `run`, or `aco serve`. */
  readonly words: readonly string[]
  /** Where its log goes, after what is there. */
  readonly logFile: string
}

/** A node of a home that exists, and does not run yet. */
export function createNodeProcess(options: NodeProcessOptions): NodeProcess {
  const { name, home, words, logFile } = options
  let child: ChildProcess | undefined
  let api: NodeApi | undefined

  async function launch(): Promise<ChildProcess> {
    if (child !== undefined) throw new TypeError(`${name} runs already`)
    await using log = await open(logFile, 'a', 0o600)
    child = spawn(PROGRAM, [...words, '--json', '--home', home], {
      env: inServiceEnvironment({ ...process.env, ...ENVIRONMENT }),
      // The channel carries nothing: a node ends when it closes, and so does not outlive whoever drives it.
      stdio: ['ignore', 'pipe', log.fd, 'ipc'],
    })
    return child
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const ending = child
    if (ending === undefined) return null
    child = undefined
    api = undefined
    if (ending.exitCode !== null || ending.signalCode !== null) return ending.exitCode
    ending.kill(signal)
    await once(ending, 'exit')
    return ending.exitCode
  }

  return {
    name,
    home,
    get api() {
      if (api === undefined) throw new TypeError(`${name} does not run`)
      return api
    },
    async start() {
      const started = await launch()
      const stdout = started.stdout as NodeJS.ReadableStream
      const isReady = await Promise.race([
        once(stdout, 'data').then(() => true),
        once(started, 'exit').then(() => false),
        delay(START_MS, false, { ref: false }),
      ])
      const owner = isReady ? await findOwner(homePaths(home)) : undefined
      if (owner === undefined) throw new Error(`${name} did not start: ${await lastLines(logFile)}`)
      api = createApiClient(owner)
    },
    async reconnect() {
      for (const until = Date.now() + START_MS; Date.now() < until; await delay(POLL_MS)) {
        const owner = await findOwner(homePaths(home))
        if (owner === undefined) continue
        api = createApiClient(owner)
        return
      }
      throw new Error(`${name} did not start again: ${await lastLines(logFile)}`)
    },
    async startAndKill(afterMs) {
      await launch()
      await delay(afterMs)
      await end('SIGKILL')
    },
    async kill() {
      const killed = child
      await end('SIGKILL')
      return killed?.signalCode === 'SIGKILL'
    },
    stop: () => end('SIGTERM'),
    async rssAnon() {
      if (child === undefined) throw new TypeError(`${name} does not run`)
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
    },
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}

/** The shell script becomes the node by `exec`, so that a signal reaches the node itself. */
const PROGRAM = fileURLToPath(new URL('../../intelmesh', import.meta.url))
/** Several nodes start side by side on a small machine. */
const START_MS = 180_000
const POLL_MS = 100
const SHOWN_LINES = 8

const ENVIRONMENT = {
  INTELMESH_LOG_LEVEL: 'warn',
  INTELMESH_ENROLMENT_HOST: '127.0.0.1',
  INTELMESH_ENROLMENT_PORT: '0',
  INTELMESH_SYNC_INTERVAL_SECONDS: '1',
  INTELMESH_GATE_ALLOW: 'reserved',
}

async function lastLines(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')
}
