import { describe, expect, it } from 'vitest'
import { sideOf } from '../../../../test/protocol/comparison.ts'
import { bombTree } from '../../../../test/protocol/tree-bomb.ts'
import { change, EMPTY_SET, entryOf } from '../../../../test/protocol/trees.ts'
import { countIds, joinIds } from './joined-ids.ts'
import { descend, locate, MAX_DIFFERENCE } from './locate.ts'
import type { ComparedSide } from './questions.ts'
import type { TreeNode } from './tree.ts'

describe(descend, () => {
  it('stops within a level once it has found as many ids as one session finds', async () => {
    // Whose digests are all alike need not be hashed.
    const digest = new Uint8Array(32)
    const side: ComparedSide = {
      hasher: { sha256: () => digest },
      root: { count: 0, digest },
      read: () => undefined,
      breathe: async () => undefined,
    }
    const paths = Array.from({ length: 64 }, (_, i) => `028b0708${String(i).padStart(16, '0')}`)
    const expected = { count: LEAF_IDS, digest }
    const descent = descend(
      side,
      paths.map((path) => ({ path, expected, own: { count: 0, digest } })),
    )
    let asked = 0
    let step = await descent.next()
    while (step.done !== true) {
      const question = step.value as { paths: readonly string[] }
      asked++
      step = await descent.next({ type: 'nodes', nodes: [leafAt(question.paths[0] as string)] })
    }
    expect(step.value.isWhole).toBe(false)
    expect(countIds(joinIds(step.value.need.map(({ ids }) => ids)))).toBe(MAX_DIFFERENCE + LEAF_IDS)
    expect(asked).toBe(MAX_DIFFERENCE / LEAF_IDS + 1)
  })
})

describe(locate, () => {
  it('looks no further once more is promised than one session fetches', async () => {
    const hour = 499_656
    const own = await change(
      EMPTY_SET,
      Array.from({ length: 300 }, (_, i) => entryOf(hour, i)),
    )
    const bomb = bombTree(hour)
    const locating = locate(sideOf(own), bomb.root)
    let asked = 0
    let step = await locating.next()
    while (step.done !== true) {
      const { paths } = step.value as { paths: readonly string[] }
      asked += paths.length
      step = await locating.next({ type: 'nodes', nodes: paths.map((path) => bomb.read(path)) })
    }
    expect(step.value.fetch.length).toBeLessThan(256)
    expect(asked).toBeLessThan(32)
  })
})

/** Ids of one leaf, as many as a message carries. */
const LEAF_IDS = 32_768

function leafAt(path: string): TreeNode {
  const ids = new Uint8Array(LEAF_IDS * 32)
  const view = new DataView(ids.buffer)
  for (let i = 0; i < LEAF_IDS; i++) {
    view.setBigUint64(32 * i, BigInt(`0x${path.slice(8)}`))
    view.setUint32(32 * i + 8, i)
  }
  return { kind: 'leaf', ids }
}
