import type { AcoApi } from '@intelmesh/node'
import { MeshError } from '@intelmesh/protocol'
import { connect, type HomeChoice } from '../../connect.ts'
import type { CommandContext } from '../../context.ts'

/** The ACO's side of a home. */
export interface AcoConnection extends AsyncDisposable {
  readonly aco: AcoApi
}

/** As `connect`, for a home of an ACO. @throws MeshError NOT_AN_ACO */
export async function connectAco(choice: HomeChoice, context: CommandContext): Promise<AcoConnection> {
  const node = await connect(choice, context)
  const { aco } = node.api
  if (aco === undefined) {
    await node[Symbol.asyncDispose]()
    throw new MeshError('NOT_AN_ACO', 'this home is not that of an ACO')
  }
  return { aco, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() }
}
