import { type JoinedIds, summarise, type SyncSet, type TreeNode } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import type { Database } from './database.ts'
import type { TreeView } from './answers.ts'
import { decodeNode } from './state-rows.ts'
import { nodeKey } from './tree-cache.ts'

/** Opens a view of a set's tree as it stands now, on a LevelDB snapshot. */
export async function openTreeView(database: Pick<Database, 'snapshot'>, set: SyncSet): Promise<TreeView> {
  const snapshot = database.snapshot()

  async function read(path: string): Promise<TreeNode | undefined> {
    const bytes = await snapshot.get('tree', nodeKey(set, path))
    return bytes === undefined ? undefined : decodeNode(bytes)
  }

  async function* leaves(path = ''): AsyncIterable<JoinedIds> {
    for await (const [, bytes] of snapshot.entries('tree', { prefix: nodeKey(set, path), reverse: true })) {
      const node = decodeNode(bytes)
      if (node.kind === 'leaf') yield node.ids
    }
  }

  await using opening = new AsyncDisposableStack()
  opening.use(snapshot)
  const root = summarise(nativeCrypto, await read(''))
  const opened = opening.move()
  return { root, read, leaves, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
