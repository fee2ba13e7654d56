import { countIds, type ReadNode, type SyncSet, type TreeNode } from '@intelmesh/protocol'
import type { Database } from './database.ts'
import { END } from './keys.ts'
import { decodeNode } from './state-rows.ts'

/** Nodes of the Merkle-radix trees as they are on disk, those used last kept in memory. */
export interface TreeCache {
  read(set: SyncSet, path: string): Promise<TreeNode | undefined>
  /** Takes over nodes that were written just now; `undefined` for those deleted. */
  update(set: SyncSet, nodes: ReadonlyMap<string, TreeNode | undefined>): void
  /** Forgets everything, after the disk went its own way. */
  clear(): void
}

/** The key of the table `tree`. */
export function nodeKey(set: SyncSet, path: string): string {
  return set + END + path
}

/** A cache that holds at most `maxItems` ids and children. */
export function createTreeCache(
  database: Pick<Database, 'get'>,
  { maxItems }: { readonly maxItems: number },
): TreeCache {
  const nodes = new Map<string, TreeNode>()
  let items = 0
  let generation = 0

  function forget(key: string): void {
    const node = nodes.get(key)
    if (node !== undefined) items -= weightOf(node)
    nodes.delete(key)
  }

  function keep(key: string, node: TreeNode): void {
    forget(key)
    nodes.set(key, node)
    items += weightOf(node)
    for (const oldest of nodes.keys()) {
      if (items <= maxItems) return
      forget(oldest)
    }
  }

  return {
    async read(set, path) {
      const key = nodeKey(set, path)
      const held = nodes.get(key)
      if (held !== undefined) {
        keep(key, held)
        return held
      }
      const startedAt = generation
      const bytes = await database.get('tree', key)
      if (bytes === undefined) return undefined
      const node = decodeNode(bytes)
      // Read before a write that has ended since, it may be out of date.
      if (generation === startedAt) keep(key, node)
      return node
    },
    update(set, changed) {
      generation++
      for (const [path, node] of changed) {
        if (node === undefined) forget(nodeKey(set, path))
        else keep(nodeKey(set, path), node)
      }
    },
    clear() {
      generation++
      nodes.clear()
      items = 0
    },
  }
}

/** Reads the tree of one set. */
export function readerOf(cache: TreeCache, set: SyncSet): ReadNode {
  return (path) => cache.read(set, path)
}

/** What a node costs: an id, or a child with its digest, takes some 150 bytes of memory. */
function weightOf(node: TreeNode): number {
  return 1 + (node.kind === 'leaf' ? countIds(node.ids) : node.children.length)
}
