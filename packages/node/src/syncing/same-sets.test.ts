import { type Summary, type SyncSet } from '@intelmesh/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store, StoreChanges } from '../store/index.ts'
import { createSameSets, nodesWithSame, type SameSet } from './same-sets.ts'

const NODE = 'ab'.repeat(32)

/** As much of a store as is needed: a ledger, and one root for every set, which moves with the sequence. */
function createLedger() {
  const rows = new Map<string, unknown>()
  const state = { sequence: 0, isFull: false }
  const root = (): Summary => {
    const digest = new Uint8Array(32)
    new DataView(digest.buffer).setUint32(0, state.sequence)
    return { count: state.sequence, digest }
  }
  const store: Partial<Store> = {
    get counts() {
      return { records: 0, headers: 0, sequence: state.sequence }
    },
    rootOf: root,
    async *ledgerRows(prefix: string, from: string = prefix) {
      for (const key of [...rows.keys()].toSorted())
        if (key.startsWith(prefix) && key >= from) yield [key, rows.get(key)] as const
    },
    async commit({ ledger = {} }: StoreChanges) {
      if (state.isFull) throw new Error('no room')
      for (const [key, value] of Object.entries(ledger)) {
        if (value === undefined) rows.delete(key)
        else rows.set(key, value)
      }
    },
  }
  return { store: store as Store, state, root, rows }
}

describe(createSameSets, () => {
  it('writes down the first time at which a node held what is here now', async () => {
    const { store, state, root, rows } = createLedger()
    let now = 1000
    const sameSets = createSameSets(store, () => now)
    for (const [sequence, at] of [
      [5, 1000],
      [5, 2000],
      [7, 3000],
    ] as const) {
      state.sequence = sequence
      now = at
      await sameSets.note(NODE, 'green', root())
    }
    expect(rows.size).toBe(2)
    expect(await found(store, 'green', 4)).toEqual([{ node: NODE, sequence: 5, at: 1000 }])
    expect(await found(store, 'green', 6)).toEqual([{ node: NODE, sequence: 7, at: 3000 }])
    expect(await found(store, 'green', 8)).toEqual([])
    // Another process goes on where this one ended.
    now = 4000
    await createSameSets(store, () => now).note(NODE, 'green', root())
    expect(rows.size).toBe(2)
  })

  it('writes nothing down of a set that has changed meanwhile, is empty, or holds no records', async () => {
    const { store, state, root, rows } = createLedger()
    const sameSets = createSameSets(store, () => 1)
    await sameSets.note(NODE, 'green', root())
    state.sequence = 1
    const old = root()
    state.sequence = 2
    await sameSets.note(NODE, 'green', old)
    await sameSets.note(NODE, 'control', root())
    await sameSets.note(NODE, 'register', root())
    expect(rows.size).toBe(0)
  })

  it('keeps sets and their tombstones apart, and nodes', async () => {
    const { store, state, root } = createLedger()
    const sameSets = createSameSets(store, () => 1)
    state.sequence = 1
    const other = 'cd'.repeat(32)
    await sameSets.note(NODE, 'green', root())
    await sameSets.note(other, 'green', root())
    await sameSets.note(other, 'green/tombstones', root())
    expect((await found(store, 'green', 1)).map(({ node }) => node)).toEqual([NODE, other])
    expect((await found(store, 'green/tombstones', 1)).map(({ node }) => node)).toEqual([other])
    expect(await found(store, 'clear', 1)).toEqual([])
  })

  it('ends no session when the disk is full, and writes it down the next time', async () => {
    const { store, state, root, rows } = createLedger()
    const sameSets = createSameSets(store, () => 1)
    Object.assign(state, { sequence: 1, isFull: true })
    await sameSets.note(NODE, 'green', root())
    expect(rows.size).toBe(0)
    state.isFull = false
    await sameSets.note(NODE, 'green', root())
    expect(rows.size).toBe(1)
  })

  it('never names a time before a node held a record, and knows every node for ever, in bounded room', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 3 }),
        async (rounds, step) => {
          const { store, state, root, rows } = createLedger()
          const sameSets = createSameSets(store, () => state.sequence)
          for (let i = 0; i < rounds; i++) {
            state.sequence += step
            await sameSets.note(NODE, 'green', root())
          }
          expect(rows.size).toBeLessThanOrEqual(512)
          for (const sequence of [1, Math.ceil(state.sequence / 2), state.sequence]) {
            const [row] = await found(store, 'green', sequence)
            expect(row?.at, `${sequence} of ${state.sequence}`).toBeGreaterThanOrEqual(sequence)
          }
        },
      ),
      { numRuns: 5 },
    )
  })
})

async function found(store: Store, set: SyncSet, sequence: number): Promise<readonly SameSet[]> {
  return Array.fromAsync(nodesWithSame(store, set, sequence))
}
