import { flushCompileCache } from 'node:module'
import { once } from 'node:events'
import type { RunningNode } from '@intelmesh/node'
import { homeAccess, type HomeChoice } from './connect.ts'
import type { CommandContext } from './context.ts'
import { shellWord } from './output/membership.ts'
import { printable } from './output/printable.ts'

/** What a node is started with, besides its home. */
export interface ServeOptions extends HomeChoice {
  /** Settings that flags gave, by full name. */
  readonly flags: Readonly<Record<string, { readonly value: unknown; readonly flag: string }>>
  readonly json: boolean
}

/**
 * Runs the node of a home until the process is asked to end. Says where it listens once it is ready. A node whose store was found to be
 * damaged while it ran is started again, which heals it.
 */
export async function serveNode(options: ServeOptions, context: CommandContext): Promise<void> {
  const { startNode } = await context.loadNode()
  const access = await homeAccess(options, context, options.flags)
  do {
    await using node = await startNode(access)
    context.terminal.out.write(
      options.json ? `${JSON.stringify(readyDocument(access.home, node))}\n` : readyText(access.home, node),
    )
    // Written down now and not at the end alone: a node that is killed starts as fast again.
    flushCompileCache()
    const ended = AbortSignal.any([context.signal, node.broken])
    // The signal may have come while the node was starting.
    if (!ended.aborted) await once(ended, 'abort')
    if (!options.json)
      context.terminal.out.write(context.signal.aborted ? 'Stopping.\n' : 'Mending the store.\n')
  } while (!context.signal.aborted)
}

function readyDocument(home: string, node: RunningNode): object {
  const { addresses, apiAddress, enrolmentAddress } = node
  return {
    home,
    pid: process.pid,
    addresses,
    apiAddress,
    ...(enrolmentAddress === undefined ? {} : { enrolmentAddress }),
  }
}

function readyText(home: string, { addresses, apiAddress, enrolmentAddress }: RunningNode): string {
  const where = addresses.length === 0 ? ['nothing: this node only dials out'] : addresses
  return [
    `Running as process ${process.pid}. Ctrl-C stops it.`,
    ...where.map((address, i) => `${i === 0 ? 'Listening on' : '            '} ${printable(address)}`),
    ...(enrolmentAddress === undefined ? [] : [`Enrolment at ${printable(enrolmentAddress)}`]),
    `API at       ${printable(apiAddress)}`,
    `Talk to it:  intelmesh status --home ${shellWord(home)}`,
    '',
  ].join('\n')
}
