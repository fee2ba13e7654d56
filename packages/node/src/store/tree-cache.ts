import {
  isSameSummary,
  type ReadNode,
  summarise,
  type Summary,
  type SyncSet,
  type TreeNode,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import type { Database } from './database.ts'
import { damaged } from './errors.ts'
import { rowKey } from './sealed-row.ts'
import { decodeNode } from './state-rows.ts'

/** Nodes of the Merkle-radix trees as they are on disk, those used last kept in memory. */
export interface TreeCache {
  /**
   * A node. One that the disk gives has to be what is expected of it, where something is; else it is not kept, and no commit builds on
   * it.
   *
   * @throws StoreError STORE_DAMAGED
   */
  read(set: SyncSet, path: string, expected?: Summary): Promise<TreeNode | undefined>
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
  database: Pick<Database, 'getHere' | 'compact'>,
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

  async function readRow(set: SyncSet, path: string): Promise<TreeNode | undefined> {
    // A commit reads the nodes on its way one after the other, and most of them are in memory.
    const row = await database.getHere('tree', nodeKey(set, path))
    return row === undefined ? undefined : decodeNode(row)
  }

  /**
   * LevelDB 1.20 may give an earlier version of a row while two lie in files of one level, as they may where a snapshot was open when
   * files were merged (google/leveldb#320). Merging those files ends it.
   */
  async function readAgain(set: SyncSet, path: string, expected: Summary): Promise<TreeNode | undefined> {
    const key = rowKey('tree', nodeKey(set, path))
    await database.compact({ from: key, to: key })
    const node = await readRow(set, path)
    if (!isSameSummary(summarise(nativeCrypto, node), expected))
      throw damaged(`a node of the tree of ${set} is not as it was written`)
    return node
  }

  return {
    async read(set, path, expected) {
      const name = nameOf(set, path)
      const held = nodes.get(name)
      if (held !== undefined) {
        keep(name, held)
        return held
      }
      const startedAt = generation
      const found = await readRow(set, path)
      const isExpected = expected === undefined || isSameSummary(summarise(nativeCrypto, found), expected)
      const node = isExpected ? found : await readAgain(set, path, expected)
      if (node === undefined) return undefined
      // Read before a write that has ended since, or compared with nothing, it may be out of date.
      if (generation === startedAt && expected !== undefined) keep(name, node)
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

/**
 * Reads the tree of one set on the way of a commit, which goes from the root down: each node that comes from the disk has to be what
 * the one above it says, since whatever was built on an earlier one would be lost.
 */
export function checkedReaderOf(cache: TreeCache, set: SyncSet, root: Summary | undefined): ReadNode {
  const expected = new Map<string, Summary>(root === undefined ? [] : [['', root]])
  return async (path) => {
    const node = await cache.read(set, path, expected.get(path))
    if (node?.kind === 'inner') for (const child of node.children) expected.set(path + child.label, child)
    return node
  }
}

function nameOf(set: SyncSet, path: string): string {
  return `${set}\0${path}`
}

/** What a node takes in memory: ids end to end are no more than they are; a child with its digest is three objects. */
function weightOf(node: TreeNode): number {
  return 300 + (node.kind === 'leaf' ? node.ids.length : 300 * node.children.length)
}
