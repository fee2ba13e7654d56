import {
  type Entry,
  portableCrypto,
  type ReadNode,
  summarise,
  type Summary,
  type TreeNode,
  updateTree,
} from '@intelmesh/protocol'

/** A set and the nodes of its tree, in memory. */
export interface MemorySet {
  readonly nodes: ReadonlyMap<string, TreeNode>
  readonly root: Summary
  readonly read: ReadNode
  /** Paths whose node the last change wrote or deleted. */
  readonly changed: ReadonlySet<string>
}

export const EMPTY_SET: MemorySet = setOver(new Map(), new Set())

/** The set after a change. */
export async function change(
  set: MemorySet,
  added: readonly Entry[],
  removed: readonly Entry[] = [],
): Promise<MemorySet> {
  const { nodes } = await updateTree(portableCrypto, set.read, { added, removed })
  const after = new Map(set.nodes)
  for (const [path, node] of nodes) {
    if (node === undefined) after.delete(path)
    else after.set(path, node)
  }
  return setOver(after, new Set(nodes.keys()))
}

/** An entry whose id is the SHA-256 of a number; `prefix` bytes of it are given. */
export function entryOf(hour: number, number: number, ...prefix: readonly number[]): Entry {
  const id = portableCrypto.sha256(new TextEncoder().encode(String(number)))
  id.set(prefix)
  return { hour, id }
}

function setOver(nodes: ReadonlyMap<string, TreeNode>, changed: ReadonlySet<string>): MemorySet {
  return { nodes, changed, read: (path) => nodes.get(path), root: summarise(portableCrypto, nodes.get('')) }
}
