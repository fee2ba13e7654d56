import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { portableCrypto } from '../crypto/portable.ts'
import { consistencyPath, verifyConsistency } from './consistency.ts'
import { appendLeaf, emptyFrontier, isFrontier } from './frontier.ts'
import { leafHash, nodeHash } from './hashing.ts'
import { inclusionPath, rootFromInclusion } from './inclusion.ts'
import { buildTree, treeRoot } from './tree.ts'

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
/** Distinct leaves, so that no two places of a tree are interchangeable. */
const tree = fc.nat({ max: 70 }).map((size) => {
  return buildTree(
    portableCrypto,
    Array.from({ length: size }, (_, i) => leafHash(portableCrypto, Uint8Array.of(i))),
  )
})
const treeWithLeaf = tree
  .filter(({ levels }) => levels[0]!.length > 0)
  .chain((whole) =>
    fc.record({ whole: fc.constant(whole), index: fc.nat({ max: whole.levels[0]!.length - 1 }) }),
  )

describe(rootFromInclusion, () => {
  it('takes one path length only', () => {
    fc.assert(
      fc.property(treeWithLeaf, hash, ({ whole, index }, extra) => {
        const path = inclusionPath(whole, index)
        const proof = { leafHash: whole.levels[0]![index]!, index, size: whole.levels[0]!.length }
        expect(rootFromInclusion(portableCrypto, { ...proof, path: [...path, extra] })).toBeUndefined()
        if (path.length > 0) {
          expect(rootFromInclusion(portableCrypto, { ...proof, path: path.slice(1) })).toBeUndefined()
        }
      }),
    )
  })

  it('leads elsewhere from another leaf, another index, or another path', () => {
    fc.assert(
      fc.property(treeWithLeaf, fc.nat(), hash, ({ whole, index }, choice, other) => {
        const leaves = whole.levels[0]!
        const path = inclusionPath(whole, index)
        const proof = { leafHash: leaves[index]!, index, size: leaves.length, path }
        expect(rootFromInclusion(portableCrypto, { ...proof, leafHash: other })).not.toEqual(whole.root)
        for (let wrong = 0; wrong < leaves.length; wrong++) {
          if (wrong === index) continue
          expect(rootFromInclusion(portableCrypto, { ...proof, index: wrong }), `${wrong}`).not.toEqual(
            whole.root,
          )
        }
        if (path.length > 0) {
          const changed = path.with(choice % path.length, other)
          expect(rootFromInclusion(portableCrypto, { ...proof, path: changed })).not.toEqual(whole.root)
        }
      }),
      { numRuns: 40 },
    )
  })

  it.for([
    { index: -1, size: 1 },
    { index: 1, size: 1 },
    { index: 0, size: 0 },
    { index: 0.5, size: 2 },
    { index: 0, size: Number.NaN },
    { index: 0, size: 2 ** 53 },
    { index: Number.POSITIVE_INFINITY, size: Number.POSITIVE_INFINITY },
  ])('refuses index $index of $size', (place) => {
    const proof = { leafHash: new Uint8Array(32), path: [], ...place }
    expect(rootFromInclusion(portableCrypto, proof)).toBeUndefined()
  })

  it('refuses hashes of other lengths, which could be cut elsewhere', () => {
    const path = [new Uint8Array(32)]
    const proof = { leafHash: new Uint8Array(32), index: 0, size: 2, path }
    expect(rootFromInclusion(portableCrypto, proof)).toBeDefined()
    expect(rootFromInclusion(portableCrypto, { ...proof, leafHash: new Uint8Array(31) })).toBeUndefined()
    expect(rootFromInclusion(portableCrypto, { ...proof, path: [new Uint8Array(33)] })).toBeUndefined()
  })

  it('counts beyond 32 bits', () => {
    const size = 2 ** 40 + 1
    const last = { leafHash: new Uint8Array(32), index: 2 ** 40, size, path: [new Uint8Array(32)] }
    // The last leaf stands alone to the right of a full tree of 40 levels.
    expect(rootFromInclusion(portableCrypto, last)).toEqual(
      nodeHash(portableCrypto, new Uint8Array(32), new Uint8Array(32)),
    )
    const first = { ...last, index: 0, path: Array.from({ length: 41 }, () => new Uint8Array(32)) }
    expect(rootFromInclusion(portableCrypto, first)).toBeDefined()
    expect(rootFromInclusion(portableCrypto, { ...first, path: first.path.slice(1) })).toBeUndefined()
  })
})

describe(verifyConsistency, () => {
  const growth = tree.chain((whole) =>
    fc.record({ whole: fc.constant(whole), oldSize: fc.nat({ max: whole.levels[0]!.length }) }),
  )
  const proofOf = ({ whole, oldSize }: { whole: ReturnType<typeof buildTree>; oldSize: number }) => ({
    oldSize,
    oldRoot: treeRoot(portableCrypto, whole.levels[0]!.slice(0, oldSize)),
    newSize: whole.levels[0]!.length,
    newRoot: whole.root,
    path: consistencyPath(whole, oldSize),
  })

  it('refuses a path with a hash more, less, or other', () => {
    fc.assert(
      fc.property(growth, hash, fc.nat(), (grown, other, choice) => {
        const proof = proofOf(grown)
        const { path } = proof
        expect(verifyConsistency(portableCrypto, { ...proof, path: [...path, other] })).toBe(false)
        if (path.length === 0) return
        expect(verifyConsistency(portableCrypto, { ...proof, path: path.slice(1) })).toBe(false)
        expect(verifyConsistency(portableCrypto, { ...proof, path: path.slice(0, -1) })).toBe(false)
        const changed = path.with(choice % path.length, other)
        expect(verifyConsistency(portableCrypto, { ...proof, path: changed })).toBe(false)
      }),
    )
  })

  it('refuses a history that was rewritten, whatever path goes with it', () => {
    fc.assert(
      fc.property(growth, fc.nat(), ({ whole, oldSize }, choice) => {
        fc.pre(oldSize > 0)
        const leaves = whole.levels[0]!
        const rewritten = buildTree(portableCrypto, leaves.with(choice % oldSize, new Uint8Array(32)))
        const { oldRoot } = proofOf({ whole, oldSize })
        const proof = { ...proofOf({ whole: rewritten, oldSize }), oldRoot }
        expect(verifyConsistency(portableCrypto, proof)).toBe(false)
        expect(verifyConsistency(portableCrypto, { ...proof, path: consistencyPath(whole, oldSize) })).toBe(
          false,
        )
      }),
    )
  })

  it('refuses a tree that shrank, and an empty tree with a root of its own', () => {
    const [one, two] = [1, 2].map((size) =>
      buildTree(
        portableCrypto,
        Array.from({ length: size }, () => new Uint8Array(32)),
      ),
    )
    const shrunk = { oldSize: 2, oldRoot: two!.root, newSize: 1, newRoot: one!.root, path: [] }
    expect(verifyConsistency(portableCrypto, shrunk)).toBe(false)
    const neverEmpty = { oldSize: 0, oldRoot: one!.root, newSize: 2, newRoot: two!.root, path: [] }
    expect(verifyConsistency(portableCrypto, neverEmpty)).toBe(false)
    const stillNotEmpty = { oldSize: 0, oldRoot: one!.root, newSize: 0, newRoot: one!.root, path: [] }
    expect(verifyConsistency(portableCrypto, stillNotEmpty)).toBe(false)
  })

  it.for([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses sizes of %d', (size) => {
    const root = new Uint8Array(32)
    const proof = { oldSize: size, oldRoot: root, newSize: size, newRoot: root, path: [] }
    expect(verifyConsistency(portableCrypto, proof)).toBe(false)
  })

  it('refuses hashes of other lengths', () => {
    const root = new Uint8Array(31)
    const proof = { oldSize: 1, oldRoot: root, newSize: 1, newRoot: root, path: [] }
    expect(verifyConsistency(portableCrypto, proof)).toBe(false)
  })
})

describe('makers of proofs', () => {
  const two = buildTree(portableCrypto, [new Uint8Array(32), new Uint8Array(32).fill(1)])

  it.for([-1, 2, 0.5, Number.NaN])('refuse index %d of a tree of 2', (index) => {
    expect(() => inclusionPath(two, index)).toThrow(RangeError)
  })

  it.for([-1, 3, 0.5, Number.NaN])('refuse old size %d of a tree of 2', (oldSize) => {
    expect(() => consistencyPath(two, oldSize)).toThrow(RangeError)
  })

  it('refuse what is not a hash', () => {
    expect(() => buildTree(portableCrypto, [new Uint8Array(31)])).toThrow(RangeError)
    expect(() => appendLeaf(portableCrypto, emptyFrontier(), new Uint8Array(33))).toThrow(RangeError)
  })
})

describe(isFrontier, () => {
  it.for([
    { size: 1, peaks: [] },
    { size: 3, peaks: [new Uint8Array(32)] },
    { size: 1, peaks: [new Uint8Array(31)] },
    { size: -1, peaks: [] },
    { size: 2 ** 53, peaks: [new Uint8Array(32)] },
    { size: 0.5, peaks: [new Uint8Array(32)] },
  ])('refuses $size leaves with $peaks.length peaks', (frontier) => {
    expect(isFrontier(frontier)).toBe(false)
  })

  it('takes as many peaks as the size has ones', () => {
    const size = 2 ** 40 + 5
    expect(isFrontier({ size, peaks: Array.from({ length: 3 }, () => new Uint8Array(32)) })).toBe(true)
  })
})

describe(leafHash, () => {
  it('never equals an inner node over the same bytes', () => {
    fc.assert(
      fc.property(hash, hash, (left, right) => {
        const asLeaf = leafHash(portableCrypto, Uint8Array.from([...left, ...right]))
        expect(asLeaf).not.toEqual(nodeHash(portableCrypto, left, right))
      }),
    )
  })
})
