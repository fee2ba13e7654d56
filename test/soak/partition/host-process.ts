import { fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What a host is told. */
export type ToHost =
  | { readonly type: 'start'; readonly home: string; readonly settings: Readonly<Record<string, unknown>> }
  | { readonly type: 'stop' }

/** What a host tells. */
export type FromHost =
  | { readonly type: 'dialled'; readonly localPort: number }
  | { readonly type: 'started'; readonly home: string }
  | { readonly type: 'failed'; readonly home: string; readonly detail: string }

/** A process that runs nodes. Disposing stops them in good order. */
export interface HostProcess extends AsyncDisposable {
  /** Starts the node of a home, and returns once its API answers. @throws Error when it does not start */
  start(home: string, settings: Readonly<Record<string, unknown>>): Promise<void>
  /** Whether it has ended by itself. */
  readonly hasEnded: boolean
}

/** Forks a host. `onDialled` hears of each local port from which one of its nodes connects. */
export function openHostProcess(logFile: string, onDialled: (localPort: number) => void): HostProcess {
  const log = openSync(logFile, 'a', 0o600)
  const child = fork(SCRIPT, [], {
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '--conditions=source' },
  })
  closeSync(log)
  const starting = new Map<string, PromiseWithResolvers<void>>()
  let isStopping = false

  child.on('message', (message: FromHost) => {
    if (message.type === 'dialled') return onDialled(message.localPort)
    const waiting = starting.get(message.home)
    if (message.type === 'started') waiting?.resolve()
    else waiting?.reject(new Error(`${message.home}: ${message.detail}`))
  })
  child.once('exit', () => {
    for (const { reject } of starting.values()) reject(new Error('the host has ended'))
  })

  return {
    start(home, settings) {
      const started = Promise.withResolvers<void>()
      starting.set(home, started)
      child.send({ type: 'start', home, settings } satisfies ToHost)
      return started.promise
    },
    get hasEnded() {
      return !isStopping && (child.exitCode !== null || child.signalCode !== null)
    },
    async [Symbol.asyncDispose]() {
      isStopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.send({ type: 'stop' } satisfies ToHost)
      // A host that hangs must not outlive the soak.
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await gone
      clearTimeout(timer)
    },
  }
}

const SCRIPT = fileURLToPath(new URL('./host.ts', import.meta.url))
const STOP_MS = 120_000
