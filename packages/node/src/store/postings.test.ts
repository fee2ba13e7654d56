import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Cell, encodeCell } from './cells.ts'
import type { Store } from './interface.ts'
import { createStore, openStore } from './open-store.ts'
import { addCount, MAX_LISTED, readPostings, spill, writePostings } from './postings.ts'
import { hashOf, sampleRecord, START } from './testing/sample-rows.ts'

const cell = fc.record(
  {
    sequence: fc.nat(2 ** 31),
    flags: fc.nat(4),
    type: fc.nat(999),
    organisation: fc.nat(2 ** 24 - 1),
  },
  { noNullPrototype: true },
) as fc.Arbitrary<Cell>

describe(readPostings, () => {
  it('reads what was written', () => {
    const count = fc.record(
      { organisation: fc.nat(2 ** 24 - 1), flags: fc.nat(4), count: fc.integer({ min: 1, max: 2 ** 31 }) },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(fc.array(cell), fc.array(count), (listed, counts) => {
        const row = writePostings({ listed, counts })
        expect(readPostings(row)).toEqual({ listed, counts })
        if (counts.length === 0 && listed.length === 1) expect(row).toEqual(encodeCell(listed[0] as Cell))
      }),
    )
  })
})

describe(addCount, () => {
  it('adds up by organisation and label, and forgets what comes to nothing', () => {
    const one = { organisation: 1, flags: 2 }
    const counts = addCount(addCount([], one, 2), { organisation: 2, flags: 2 }, 1)
    expect(addCount(counts, one, 1)).toContainEqual({ ...one, count: 3 })
    expect(addCount(counts, one, -2)).toEqual([{ organisation: 2, flags: 2, count: 1 }])
  })
})

describe(spill, () => {
  it('takes from whoever has most, the oldest first, and counts what it takes', () => {
    const organisations = fc.array(fc.nat(4), { minLength: MAX_LISTED + 1, maxLength: 3 * MAX_LISTED })
    fc.assert(
      fc.property(organisations, (owners) => {
        const listed = owners.map((organisation, i) => ({ sequence: i, flags: 1, type: 1, organisation }))
        const { row, spilled } = spill({ listed, counts: [] })
        expect(row.listed.length).toBeLessThanOrEqual(MAX_LISTED)
        const taken = spilled.flatMap(({ cells }) => cells)
        expect([...taken, ...row.listed].toSorted((a, b) => a.sequence - b.sequence)).toEqual(listed)
        expect(row.counts.reduce((sum, { count }) => sum + count, 0)).toBe(taken.length)
        for (const [organisation, own] of Map.groupBy(listed, (each) => each.organisation)) {
          const left = row.listed.filter((each) => each.organisation === organisation)
          expect(left).toEqual(own.slice(own.length - left.length))
          expect(left.length).toBeGreaterThanOrEqual(Math.min(own.length, Math.floor(MAX_LISTED / 10)))
        }
      }),
      { numRuns: 20 },
    )
  })
})

describe('a value that very many records name', () => {
  const value = { type: 'domain', value: 'popular.example' } as const
  const durably = { sync: false }
  let folder: string
  let store: Store

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'))
    await createStore({ path: join(folder, 'store'), id: '0'.repeat(32), createdAt: START })
    store = await openStore({ path: join(folder, 'store') })
  })

  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const organisations = [0, 1].map((number) => hashOf(`organisation ${number}`).slice(0, 32))
  /** Records of two organisations, one of which has written every tenth. */
  const rows = Array.from({ length: 900 }, (_, i) =>
    sampleRecord(i, { observables: [value], organisation: organisations[i % 10 === 0 ? 0 : 1] as string }),
  )

  it('is listed for everybody, counted for all, and found to the last', async () => {
    for (let at = 0; at < rows.length; at += 100)
      await store.commit({ records: rows.slice(at, at + 100) }, durably)
    const { listed, counts } = await store.postings(value)
    expect(listed.length).toBeLessThanOrEqual(MAX_LISTED)
    expect(listed.map(({ sequence }) => sequence)).toEqual(
      listed.map(({ sequence }) => sequence).toSorted((a, b) => b - a),
    )
    expect(listed.filter(({ organisation }) => organisation === organisations[0])).toHaveLength(90)
    expect(counts).toEqual(
      expect.arrayContaining([
        { organisation: organisations[0], tlp: 'green', count: 90 },
        { organisation: organisations[1], tlp: 'green', count: 810 },
      ]),
    )
    const all = await store.lookup(value, 9_999)
    expect(all.total).toBe(900)
    expect(all.ids).toEqual(rows.map(({ id }) => id).toReversed())
  })

  it('lists again what it counted when the newer ones go, and nothing at the end', async () => {
    await store.commit({ records: rows }, durably)
    const removed: string[] = []
    // The newest first, so that lists run empty; then whatever is left, the oldest first.
    for (const ids of [rows.slice(500).toReversed(), rows.slice(0, 400), rows.slice(400, 500)].map((some) =>
      some.map(({ id }) => id),
    )) {
      removed.push(...ids)
      await store.commit({ removed: ids }, durably)
      const left = rows.filter(({ id }) => !removed.includes(id)).map(({ id }) => id)
      const found = await store.lookup(value, 9_999)
      expect(found).toEqual({ ids: left.toReversed(), total: left.length })
      const { counts, listed } = await store.postings(value)
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(left.length)
      expect(listed.length > 0).toBe(left.length > 0)
    }
    const { tables } = await store.stats(new AbortController().signal)
    for (const table of ['values', 'overflow', 'lists', 'held', 'records', 'ids', 'versions'])
      expect(tables.find(({ name }) => name === table)?.rows, table).toBe(0)
    expect(store.knows(value)).toBe(false)
  })
})
