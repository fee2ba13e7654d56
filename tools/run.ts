import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The root of the checkout: every command runs there. */
export const ROOT: string = join(import.meta.dirname, '..')

/** How a command ended, and all that it printed unless it printed straight to the terminal. */
export interface Outcome {
  readonly passed: boolean
  readonly output: string
}

/** How {@link run} runs a command. */
export interface RunOptions {
  /** Whether the output goes to the terminal as it comes, and not into the outcome. @default false */
  readonly live?: boolean
  /** The folder to run in. @default the root of the checkout */
  readonly cwd?: string
  readonly signal?: AbortSignal
}

/** Runs a command with the workspace's own tools first on the path. A command that cannot start has not passed. */
export async function run(
  [command, ...args]: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<Outcome> {
  const { live = false, cwd = ROOT, signal } = options
  const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH },
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', (error) => resolve({ passed: false, output: output + error.message }))
    child.on('close', (code) => resolve({ passed: code === 0, output }))
  })
}
