import { hourPath, portableCrypto, summarise, type Summary, type TreeNode } from '@intelmesh/protocol'

/** A tree that is read node by node. */
export interface BombTree {
  readonly root: Summary
  read(path: string): TreeNode | undefined
}

/** A tree of quadrillions of ids in one hour, of a few nodes that stand in very many places. The deepest are promised, and do not exist. */
export function bombTree(hour: number): BombTree {
  const below = levels()
  const path = hourPath(hour)
  const above = new Map<string, TreeNode>()
  let root = summarise(portableCrypto, below[0])
  for (const [from, to] of [
    [6, 8],
    [4, 6],
    [0, 4],
  ] as const) {
    const node: TreeNode = { kind: 'inner', children: [{ label: path.slice(from, to), ...root }] }
    above.set(path.slice(0, from), node)
    root = summarise(portableCrypto, node)
  }
  return {
    root,
    read: (at) => (at.startsWith(path) ? below[at.length - path.length] : above.get(at)),
  }
}

/** The node of each depth below an hour: all children of one are the same. */
function levels(): readonly TreeNode[] {
  const nodes: TreeNode[] = []
  let child: Summary = { count: 2, digest: new Uint8Array(32) }
  for (let depth = DIGITS - 1; depth >= 0; depth--) {
    const { count, digest } = child
    const node: TreeNode = {
      kind: 'inner',
      children: '0123456789abcdef'.split('').map((label) => ({ label, count, digest })),
    }
    nodes.unshift(node)
    child = summarise(portableCrypto, node)
  }
  return nodes
}

/** Levels below the hour: with more, nobody could count what is below them. */
const DIGITS = 12
