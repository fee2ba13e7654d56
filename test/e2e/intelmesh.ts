import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../intelmesh', import.meta.url))

/** What a finished command left behind. */
export interface Finished {
  readonly exit: number | null
  readonly out: string
  readonly err: string
}

/** Runs `./intelmesh` as a person does, without a terminal, and waits for its end. */
export async function intelmesh(
  args: readonly string[],
  {
    input = '',
    environment = {},
  }: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<Finished> {
  const child = start(args, environment)
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk) => (out += String(chunk)))
  child.stderr?.on('data', (chunk) => (err += String(chunk)))
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const [exit] = (await once(child, 'close')) as [number | null]
  return { exit, out, err }
}

/** A node that runs until it is disposed of. */
export interface Running extends AsyncDisposable {
  readonly pid: number
  /** Asks it to end and gives its exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts a command that runs until stopped, and waits until it says that it is ready. */
export async function startIntelmesh(args: readonly string[]): Promise<Running> {
  const child = start([...args, '--json'], { INTELMESH_LOG_LEVEL: 'error' })
  const ended = once(child, 'close')
  let [out, err] = ['', '']
  child.stderr?.on('data', (chunk) => (err += String(chunk)))
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      out += String(chunk)
      if (out.includes('\n')) resolve()
    })
    child.once('close', () => reject(new Error(`${args.join(' ')} ended: ${err}`)))
  })
  const { pid } = JSON.parse(out) as { readonly pid: number }
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const [exit] = (await ended) as [number | null]
    return exit
  }
  return { pid, stop, [Symbol.asyncDispose]: async () => void (await stop('SIGKILL')) }
}

function start(args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  // The shell script execs Node, so that a signal reaches the node and the pid is its own.
  return spawn(PROGRAM, args, {
    stdio: 'pipe',
    env: { ...process.env, INTELMESH_HOME: '/nonexistent', ...environment },
  })
}
