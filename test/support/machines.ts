import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'

/** A machine of its own network address: a network namespace of this one. */
export interface Machine {
  readonly name: string
  readonly address: string
  /** Runs a script of bash to its end. */
  run(script: string, options: RunOptions): Promise<{ readonly exit: number | null; readonly out: string }>
  /** Starts a script that stays, and waits until it has written `ready`. It ends with the network. */
  start(script: string, options: RunOptions & { readonly ready: string }): Promise<void>
}

export interface RunOptions {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

/** Machines on one network, each of which knows the others by name. Disposing takes everything down. */
export interface Lan extends AsyncDisposable {
  readonly machines: readonly Machine[]
}

/** Whether this process may make network namespaces. */
export function mayMakeMachines(): boolean {
  try {
    ip('netns', 'add', `im-probe-${process.pid}`)
    ip('netns', 'delete', `im-probe-${process.pid}`)
    return true
  } catch {
    return false
  }
}

/** Makes the machines. @param hosts names by machine, such as `aco.finance.example` */
export async function startLan(hosts: readonly (readonly [name: string, host: string])[]): Promise<Lan> {
  await using making = new AsyncDisposableStack()
  const children: ChildProcess[] = []
  const prefix = `im-${process.pid}`
  const lan = `${prefix}-lan`
  ip('netns', 'add', lan)
  making.defer(() => ip('netns', 'delete', lan))
  ip('-n', lan, 'link', 'add', 'bridge', 'type', 'bridge')
  ip('-n', lan, 'link', 'set', 'bridge', 'up')
  const table = hosts.map(([, host], i) => `${addressOf(i)} ${host}\n`).join('')
  const machines = hosts.map(([name], i): Machine => {
    const space = `${prefix}-${name}`
    ip('netns', 'add', space)
    making.defer(() => ip('netns', 'delete', space))
    mkdirSync(`/etc/netns/${space}`, { recursive: true })
    making.defer(() => rmSync(`/etc/netns/${space}`, { recursive: true }))
    writeFileSync(`/etc/netns/${space}/hosts`, `127.0.0.1 localhost\n${table}`)
    ip('-n', lan, 'link', 'add', `port${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
    ip('-n', lan, 'link', 'set', `port${i}`, 'master', 'bridge', 'up')
    ip('-n', space, 'address', 'add', `${addressOf(i)}/24`, 'dev', 'eth0')
    for (const device of ['lo', 'eth0']) ip('-n', space, 'link', 'set', device, 'up')
    return machine(name, space, addressOf(i), children)
  })
  making.defer(async () => {
    const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    for (const child of running) child.kill('SIGKILL')
    await Promise.all(running.map((child) => once(child, 'exit')))
  })
  const made = making.move()
  return { machines, [Symbol.asyncDispose]: () => made.disposeAsync() }
}

function machine(name: string, space: string, address: string, children: ChildProcess[]): Machine {
  /** `exec` all the way, so that a signal to the child reaches the program itself. */
  function launch(script: string, { folder, environment }: RunOptions): ChildProcess {
    const words = ['netns', 'exec', space, 'bash', '-e', '-o', 'pipefail', '-c', script]
    return spawn('ip', words, {
      cwd: folder,
      env: { ...process.env, ...environment, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
  return {
    name,
    address,
    async run(script, options) {
      const child = launch(script, options)
      let out = ''
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (out += String(chunk)))
      const [exit] = (await once(child, 'close')) as [number | null]
      return { exit, out }
    },
    async start(script, { ready, ...options }) {
      const child = launch(`exec ${script.trim()}`, options)
      children.push(child)
      let out = ''
      await new Promise<void>((resolve, reject) => {
        child.once('close', () => reject(new Error(`${name}: ${script} ended: ${out}`)))
        for (const stream of [child.stdout, child.stderr])
          stream?.on('data', (chunk) => {
            out += String(chunk)
            if (out.includes(ready)) resolve()
          })
      })
    },
  }
}

function addressOf(place: number): string {
  return `10.77.0.${place + 1}`
}

function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] })
}
