import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A program that runs until it is stopped. */
export interface StartedProcess extends AsyncDisposable {
  readonly pid: number | undefined
  /** Asks it to end and gives its exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts a program and waits until it says on its standard output that the node is running. */
export async function startProcess(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<StartedProcess> {
  const child = spawn(program, args, {
    env: { ...process.env, INTELMESH_LOG_LEVEL: 'error', ...environment },
  })
  const ended = once(child, 'close')
  let [out, err] = ['', '']
  child.stderr.on('data', (chunk) => (err += String(chunk)))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += String(chunk)
      if (out.includes('Talk to it')) resolve()
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`${program} ended: ${err}`)))
  })
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const [exit] = (await ended) as [number | null]
    return exit
  }
  return { pid: child.pid, stop, [Symbol.asyncDispose]: async () => void (await stop('SIGKILL')) }
}
