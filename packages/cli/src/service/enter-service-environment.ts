import { inServiceEnvironment } from './service-environment.ts'

/** As much of a process as it takes to start it anew. */
type Restartable = Pick<NodeJS.Process, 'argv' | 'env' | 'execArgv' | 'execPath' | 'execve' | 'platform'> & {
  readonly channel?: unknown
}

/**
 * Starts this process anew, under the same number, in the environment in which services run, when it is about to be a node for long
 * and was started otherwise. One with a channel to its parent would lose it: whoever started it gives it its environment.
 */
export function enterServiceEnvironment(words: readonly string[], process: Restartable): void {
  const isNode = words[0] === 'run' || (words[0] === 'aco' && words[1] === 'serve')
  const environment = inServiceEnvironment(process.env)
  const isThere = Object.entries(environment).every(([name, value]) => process.env[name] === value)
  if (!isNode || isThere || process.channel !== undefined || process.platform === 'win32') return
  const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  process.execve?.(process.execPath, argv, environment)
}
