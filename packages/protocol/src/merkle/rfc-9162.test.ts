import { describe, expect, it } from 'vitest'
import published from '../../../../test/vectors/1/merkle.json' with { type: 'json' }
import { portableCrypto } from '../crypto/portable.ts'
import { fromHex, toHex } from '../encoding/text.ts'
import { consistencyPath, verifyConsistency } from './consistency.ts'
import { appendLeaf, emptyFrontier, frontierRoot, isFrontier } from './frontier.ts'
import { leafHash, nodeHash } from './hashing.ts'
import { inclusionPath, rootFromInclusion } from './inclusion.ts'
import { buildTree, treeRoot } from './tree.ts'

const MAX_LEAVES = 64
const leaves = Array.from({ length: MAX_LEAVES }, (_, i) => leafHash(portableCrypto, Uint8Array.of(i)))
const sizes = Array.from({ length: MAX_LEAVES + 1 }, (_, size) => size)
const trees = sizes.map((size) => buildTree(portableCrypto, leaves.slice(0, size)))

describe('trees of up to 64 leaves', () => {
  it('have the root that section 2.1.1 defines, built at once or leaf by leaf', () => {
    let frontier = emptyFrontier()
    for (const size of sizes) {
      const root = MTH(0, size)
      expect(trees[size]?.root, `size ${size}`).toEqual(root)
      expect(treeRoot(portableCrypto, leaves.slice(0, size)), `size ${size}`).toEqual(root)
      expect(frontierRoot(portableCrypto, frontier), `size ${size}`).toEqual(root)
      expect(isFrontier(frontier), `size ${size}`).toBe(true)
      if (size < MAX_LEAVES) frontier = appendLeaf(portableCrypto, frontier, leaves[size] as Uint8Array)
    }
  })

  it('give the inclusion paths that section 2.1.3.1 defines, and each leads to the root', () => {
    for (const size of sizes) {
      for (let index = 0; index < size; index++) {
        const path = inclusionPath(trees[size]!, index)
        expect(path, `leaf ${index} of ${size}`).toEqual(PATH(index, 0, size))
        const proof = { leafHash: leaves[index]!, index, size, path }
        expect(rootFromInclusion(portableCrypto, proof), `leaf ${index} of ${size}`).toEqual(
          trees[size]!.root,
        )
      }
    }
  })

  it('give the consistency paths that section 2.1.4.1 defines, and each holds', () => {
    for (const newSize of sizes) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const path = consistencyPath(trees[newSize]!, oldSize)
        expect(path, `${oldSize} to ${newSize}`).toEqual(
          oldSize === 0 ? [] : SUBPROOF(oldSize, 0, newSize, true),
        )
        const roots = { oldRoot: trees[oldSize]!.root, newRoot: trees[newSize]!.root }
        expect(
          verifyConsistency(portableCrypto, { oldSize, newSize, path, ...roots }),
          `${oldSize} to ${newSize}`,
        ).toBe(true)
      }
    }
  })
})

describe('the published vectors', () => {
  const hashes = published.leaves.map((leaf) => leafHash(portableCrypto, fromHex(leaf)))

  it.for(published.roots)('root of $size leaves', ({ size, root }) => {
    expect(toHex(treeRoot(portableCrypto, hashes.slice(0, size)))).toBe(root)
  })

  it.for(published.inclusion)(
    'inclusion: $description',
    ({ index, size, leafHash: leaf, path, root, valid }) => {
      const proof = { leafHash: fromHex(leaf), index, size, path: path.map(fromHex) }
      const found = rootFromInclusion(portableCrypto, proof)
      expect(found !== undefined && toHex(found) === root).toBe(valid)
    },
  )

  it.for(published.consistency)(
    'consistency: $description',
    ({ oldSize, oldRoot, newSize, newRoot, path, valid }) => {
      const proof = {
        oldSize,
        oldRoot: fromHex(oldRoot),
        newSize,
        newRoot: fromHex(newRoot),
        path: path.map(fromHex),
      }
      expect(verifyConsistency(portableCrypto, proof)).toBe(valid)
    },
  )
})

/** MTH(D[from:to]), word for word. */
function MTH(from: number, to: number): Uint8Array {
  if (from === to) return portableCrypto.sha256(new Uint8Array())
  if (to - from === 1) return leaves[from] as Uint8Array
  const k = from + splitOf(to - from)
  return nodeHash(portableCrypto, MTH(from, k), MTH(k, to))
}

/** PATH(m, D[from:to]), word for word. */
function PATH(m: number, from: number, to: number): Uint8Array[] {
  if (to - from === 1) return []
  const k = splitOf(to - from)
  return m < k
    ? [...PATH(m, from, from + k), MTH(from + k, to)]
    : [...PATH(m - k, from + k, to), MTH(from, from + k)]
}

/** SUBPROOF(m, D[from:to], b), word for word. */
function SUBPROOF(m: number, from: number, to: number, b: boolean): Uint8Array[] {
  if (m === to - from) return b ? [] : [MTH(from, to)]
  const k = splitOf(to - from)
  return m <= k
    ? [...SUBPROOF(m, from, from + k, b), MTH(from + k, to)]
    : [...SUBPROOF(m - k, from + k, to, false), MTH(from, from + k)]
}

/** The largest power of two smaller than n. */
function splitOf(n: number): number {
  let k = 1
  while (2 * k < n) k *= 2
  return k
}
