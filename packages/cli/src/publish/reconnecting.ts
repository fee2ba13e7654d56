import type { NodeApi } from '@intelmesh/node'
import { codeOf } from '@intelmesh/protocol'
import { type Connection, connectRunning, type HomeChoice } from '../connect.ts'
import type { CommandContext } from '../context.ts'

/** What takes so long that a node may start again meanwhile. */
export type LongWork = Pick<NodeApi, 'publish' | 'retract'>

/**
 * The node behind a connection, wherever it answers: one that was started again has another port. A call that finds nobody throws
 * API_UNREACHABLE as ever, and the next one goes to the node that runs then. A home that this process opened stays as it is.
 */
export function reconnecting(connection: Connection, choice: HomeChoice, context: CommandContext): LongWork {
  let { api }: { api: LongWork } = connection

  async function ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      const isGone = connection.isRunning && codeOf(error) === 'API_UNREACHABLE'
      // Nobody there yet: the same address is as good as any other.
      if (isGone)
        api = await connectRunning(choice, context).then(
          (found) => found.api,
          () => api,
        )
      throw error
    }
  }

  return {
    publish: (request) => ask(() => api.publish(request)),
    retract: (request) => ask(() => api.retract(request)),
  }
}
