import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { MeshError } from '@intelmesh/protocol'
import { inServiceEnvironment } from '../service/service-environment.ts'

/** How child processes of this command are started. */
export interface Launcher {
  /** What the children see of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A child that runs until it is stopped. */
export interface Service {
  readonly pid: number
  /** Ends when the process has ended, with its exit code; `null` when a signal ended it. */
  readonly ended: Promise<number | null>
  /** SIGTERM, and SIGKILL when that is not enough. */
  stop(): Promise<number | null>
}

/** Something that a child was to do and did not. */
export type DemoErrorCode = 'DEMO_COMMAND_FAILED' | 'DEMO_NODE_DIED' | 'DEMO_FOLDER_TAKEN'
export class DemoError extends MeshError<DemoErrorCode> {
  override name = 'DemoError'
}

/** A node leaves the mesh and closes its store in less. */
const STOP_MS = 10_000

/**
 * Runs a command of this program to its end, in a process of its own, as a person would.
 *
 * @returns what `--json` printed
 * @throws DemoError DEMO_COMMAND_FAILED with what the command said
 */
export async function runCommand(
  launcher: Launcher,
  words: readonly string[],
  { input = '', signal }: { readonly input?: string; readonly signal: AbortSignal },
): Promise<unknown> {
  signal.throwIfAborted()
  const child = spawnSelf(launcher, words, 'pipe')
  const stop = (): void => void child.kill()
  signal.addEventListener('abort', stop)
  child.stdin?.end(input)
  const [said, complaint] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ]).finally(() => signal.removeEventListener('abort', stop))
  signal.throwIfAborted()
  if (child.exitCode === 0) return JSON.parse(said)
  const verb = words.slice(
    0,
    words.findIndex((word) => word.startsWith('-')),
  )
  throw new DemoError('DEMO_COMMAND_FAILED', `intelmesh ${verb.join(' ')} failed: ${complaint.trim()}`)
}

/** Starts a command of this program that goes on, in a process of its own that writes into a log file. */
export function startService(launcher: Launcher, words: readonly string[], logFile: string): Service {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawnSelf(launcher, words, log)
  closeSync(log)
  const ended = once(child, 'exit').then(() => child.exitCode)
  // A process that cannot be started has no pid and ends with an error, which the caller sees as an end.
  const settled = ended.catch(() => null)
  return {
    pid: child.pid ?? 0,
    ended: settled,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      return settled.finally(() => clearTimeout(timer))
    },
  }
}

/** The end of a log file, as it is. */
export async function lastLines(logFile: string, count: number): Promise<readonly string[]> {
  const whole = await readFile(logFile, 'utf8').catch(() => '')
  return whole.trimEnd().split('\n').slice(-count)
}

/**
 * The same program under the same Node. The IPC channel carries no message: a child ends when the channel closes, and so does not
 * outlive this process, however that ends. Each has a process group of its own: Ctrl-C is for the demo, which then stops them.
 */
function spawnSelf(
  { environment }: Launcher,
  words: readonly string[],
  output: number | 'pipe',
): ChildProcess {
  const entry = process.argv[1] ?? ''
  const input = output === 'pipe' ? 'pipe' : 'ignore'
  return spawn(process.execPath, [...process.execArgv, entry, ...words], {
    env: inServiceEnvironment(environment),
    stdio: [input, output, output, 'ipc'],
    detached: true,
  })
}
