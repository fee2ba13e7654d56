import { join } from 'node:path'
import type { CommandContext } from '../context.ts'
import type { NodePort } from '../node-port.ts'
import { createDemoNode, type DemoNode } from './demo-node.ts'
import type { DemoError, Launcher } from './processes.ts'

/** All nodes of a demo. Disposing it stops every one of them. */
export interface Crew extends AsyncDisposable {
  readonly launcher: Launcher
  /** Aborts on Ctrl-C, and with a DemoError when a node dies. */
  readonly signal: AbortSignal
  /** @param name of its home @param words that run it, without `--home` */
  createNode(name: string, organisation: string, words: readonly string[]): DemoNode
}

/** @param folder of the homes */
export function createCrew(
  folder: string,
  {
    context,
    port,
  }: { readonly context: Pick<CommandContext, 'environment' | 'signal'>; readonly port: NodePort },
): Crew {
  const nodes: DemoNode[] = []
  const death = new AbortController()
  const launcher: Launcher = { environment: environmentFor(context.environment, folder) }
  const onDeath = (error: DemoError): void => death.abort(error)
  return {
    launcher,
    signal: AbortSignal.any([context.signal, death.signal]),
    createNode(name, organisation, words) {
      const home = join(folder, name)
      const node = createDemoNode(
        { launcher, port, onDeath },
        { organisation, home, words: [...words, '--home', home] },
      )
      nodes.push(node)
      return node
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

/**
 * The settings of who runs the demo are not meant for its nodes, and an ACO's desk takes a free port of this machine only. A dozen
 * processes compile the same program: from the second on they find it done.
 */
function environmentFor(own: CommandContext['environment'], folder: string): Launcher['environment'] {
  return {
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    ...Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith('INTELMESH_'))),
    INTELMESH_ENROLMENT_HOST: '127.0.0.1',
    INTELMESH_ENROLMENT_PORT: '0',
  }
}
