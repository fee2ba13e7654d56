import type { ReadNode, SyncSet, TreeNode } from '@intelmesh/protocol'
import type { Database } from './database.ts'
import { decodeNode } from './state-rows.ts'

/** Nodes of the Merkle-radix trees as they are on disk, those used last kept in memory. */
export interface TreeCache {
  read(set: SyncSet, path: string): Promise<TreeNode | undefined>
  /** Takes over nodes that were written just now; `undefined` for those deleted. */
  update(set: SyncSet, nodes: ReadonlyMap<string, TreeNode | undefined>): void
  /** Forgets everything, after the disk went its own way. */
  clear(): void
}

/** The key of the table `tree`: set, a zero byte, path. */
export function nodeKey(set: SyncSet, path: string): Uint8Array {
  return Buffer.from(nameOf(set, path))
}

/** A cache of at most `maxBytes`, about. */
export function createTreeCache(
  database: Pick<Database, 'getHere'>,
  { maxBytes }: { readonly maxBytes: number },
): TreeCache {
  const nodes = new Map<string, TreeNode>()
  let bytes = 0
  let generation = 0

  function forget(name: string): void {
    const node = nodes.get(name)
    if (node !== undefined) bytes -= weightOf(node)
    nodes.delete(name)
  }

  function keep(name: string, node: TreeNode): void {
    forget(name)
    nodes.set(name, node)
    bytes += weightOf(node)
    for (const oldest of nodes.keys()) {
      if (bytes <= maxBytes) return
      forget(oldest)
    }
  }

  return {
    async read(set, path) {
      const name = nameOf(set, path)
      const held = nodes.get(name)
      if (held !== undefined) {
        keep(name, held)
        return held
      }
      const startedAt = generation
      // A commit reads the nodes on its way one after the other, and most of them are in memory.
      const row = await database.getHere('tree', nodeKey(set, path))
      if (row === undefined) return undefined
      const node = decodeNode(row)
      // Read before a write that has ended since, it may be out of date.
      if (generation === startedAt) keep(name, node)
      return node
    },
    update(set, changed) {
      generation++
      for (const [path, node] of changed) {
        if (node === undefined) forget(nameOf(set, path))
        else keep(nameOf(set, path), node)
      }
    },
    clear() {
      generation++
      nodes.clear()
      bytes = 0
    },
  }
}

/** Reads the tree of one set. */
export function readerOf(cache: TreeCache, set: SyncSet): ReadNode {
  return (path) => cache.read(set, path)
}

function nameOf(set: SyncSet, path: string): string {
  return `${set}\0${path}`
}

/** What a node takes in memory: ids end to end are no more than they are; a child with its digest is three objects. */
function weightOf(node: TreeNode): number {
  return 300 + (node.kind === 'leaf' ? node.ids.length : 300 * node.children.length)
}
