import { join } from 'node:path'
import type { AcoApi } from '@intelmesh/node'
import { intelmesh } from '../e2e/intelmesh.ts'
import { createNodeProcess, type NodeProcess } from './node-process.ts'

/** An ACO that serves, and members that joined by its invites, each in a process of its own. Disposing kills them all. */
export interface Cluster extends AsyncDisposable {
  readonly aco: NodeProcess
  /** All nodes, the ACO's first. */
  readonly nodes: readonly NodeProcess[]
  /** Lets an organisation join, with clearance for GREEN. Its node does not run yet. */
  enrol(name: string): Promise<NodeProcess>
}

/** Founds a cluster on this machine, on ports that are free. @param folder of the homes and logs */
export async function foundCluster(folder: string): Promise<Cluster> {
  const nodes: NodeProcess[] = []
  await using founding = new AsyncDisposableStack()
  founding.defer(async () => void (await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))))

  /** Runs a command to its end. @throws Error when it fails */
  async function complete(args: readonly string[], input = ''): Promise<void> {
    const { exit, err } = await intelmesh(args, { input })
    if (exit !== 0) throw new Error(`intelmesh ${args.slice(0, 2).join(' ')} exits ${exit}: ${err}`)
  }

  function createNode(name: string, words: readonly string[]): NodeProcess {
    const home = join(folder, name)
    const node = createNodeProcess({ name, words, home, logFile: `${home}.log` })
    nodes.push(node)
    return node
  }

  const aco = createNode('aco', ['aco', 'serve', '--local'])
  const founded = ['--name', 'ACO', '--cluster', 'finance.eu', '--key-file', ...LISTEN]
  await complete(['aco', 'init', ...founded, '--home', aco.home])
  await aco.start()
  const running = founding.move()
  return {
    aco,
    nodes,
    async enrol(name) {
      const node = createNode(name, ['run'])
      const { invite } = await (aco.api.aco as AcoApi).invite({ ...GRANT, org: name })
      await complete(['join', '-', ...LISTEN, '--home', node.home], invite)
      return node
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const GRANT = { kind: 'member', roles: [], clearance: 'green', days: 14, local: true } as const

const LISTEN: readonly string[] = ['--listen', '/ip4/127.0.0.1/tcp/0']
