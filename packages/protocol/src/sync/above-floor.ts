import type { Hasher } from '../crypto/index.ts'
import { type Child, HOUR_PATH, hourPath, type ReadNode, summarise, type TreeNode } from './tree.ts'

/**
 * Reads the tree of what a set has from an hour on: what lies before it is not compared, since one of the two sides keeps it no longer. A node
 * on the left edge is made anew at each reading; the others are those of the whole tree.
 *
 * @param floor whole hours since the Unix epoch; 0 for the whole set
 * @see docs/spec/reconciliation.md, "Floors"
 */
export function aboveFloor(hasher: Hasher, read: ReadNode, floor: number): ReadNode {
  if (floor === 0) return read
  const edge = hourPath(floor)

  async function readAbove(path: string): Promise<TreeNode | undefined> {
    const start = edge.slice(0, path.length)
    if (path.slice(0, HOUR_PATH) < start) return undefined
    const node = await read(path)
    if (path !== start || path.length >= HOUR_PATH || node?.kind !== 'inner') return node
    const children: Child[] = []
    for (const child of node.children) {
      const below = path + child.label
      const at = edge.slice(0, below.length)
      if (below > at) children.push(child)
      if (below !== at) continue
      const rest = await readAbove(below)
      if (rest !== undefined) children.push({ label: child.label, ...summarise(hasher, rest) })
    }
    return children.length === 0 ? undefined : { kind: 'inner', children }
  }

  return readAbove
}
