import type { SyncSet } from '@intelmesh/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store } from '../store/index.ts'
import { createRetention, type RetentionRule } from './retention.ts'

const SIGNAL = new AbortController().signal

interface Row {
  readonly id: string
  readonly set: SyncSet
  readonly hour: number
  readonly type: string
}

/** As much of a store as is needed. */
function storeOf(rows: readonly Row[]) {
  const held = new Map(rows.map((row) => [row.id, row]))
  const batches: number[] = []
  const store: Pick<Store, 'olderThan' | 'commit'> = {
    olderThan: async (set, hour, limit, type) =>
      [...held.values()]
        .filter((row) => row.set === set && row.hour < hour && (type === undefined || row.type === type))
        .slice(0, limit)
        .map(({ id }) => id),
    async commit({ removed = [] }) {
      batches.push(removed.length)
      for (const id of removed) held.delete(id)
    },
  }
  return { store, held, batches }
}

const ASOF = 24 * 1_000 + 7

describe(createRetention, () => {
  it('keeps everything where there is no rule', async () => {
    const { store, held } = storeOf([{ id: 'a', set: 'green', hour: 0, type: 'indicator' }])
    const retention = createRetention({ store, asOf: () => ASOF }, [])
    expect(await retention.sweep(SIGNAL)).toBe(0)
    expect(held.size).toBe(1)
    expect(retention.floorOf('green')).toBe(0)
  })

  it('cuts whole days from the old end, in batches of a thousand', async () => {
    const rows = Array.from({ length: 2_500 }, (_, i): Row => ({
      id: `${i}`,
      set: 'green',
      hour: 24 * 900 - 1,
      type: 'x',
    }))
    const { store, held, batches } = storeOf([
      ...rows,
      { id: 'kept', set: 'green', hour: 24 * 900, type: 'x' },
    ])
    const retention = createRetention({ store, asOf: () => ASOF }, [{ compartment: 'green', days: 100 }])
    expect(retention.floorOf('green')).toBe(24 * 900)
    expect(retention.floorOf('clear')).toBe(0)
    expect(await retention.sweep(SIGNAL)).toBe(2_500)
    expect([...held.keys()]).toEqual(['kept'])
    expect(batches).toEqual([1_000, 1_000, 500])
  })

  it('never cuts control and tombstones, and leaves nothing below a floor that a rule for all types sets, nor anything above cut', async () => {
    const set = fc.constantFrom<SyncSet>(
      'control',
      'register',
      'clear/tombstones',
      'green/tombstones',
      'clear',
      'green',
    )
    const row = fc.record({ set, hour: fc.nat(ASOF), type: fc.constantFrom('indicator', 'observed-data') })
    const rule = fc.record<RetentionRule>({
      compartment: fc.constantFrom('clear', 'green'),
      days: fc.integer({ min: 1, max: 1_200 }),
    })
    const typed = fc
      .tuple(rule, fc.constantFrom('indicator', 'observed-data'))
      .map(([each, type]) => ({ ...each, type }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(row),
        fc.array(fc.oneof(rule, typed), { maxLength: 4 }),
        async (rows, rules) => {
          const all = rows.map((each, i) => ({ ...each, id: `${i}` }))
          const { store, held } = storeOf(all)
          const retention = createRetention({ store, asOf: () => ASOF }, rules)
          await retention.sweep(SIGNAL)
          for (const each of all)
            if (each.hour >= retention.floorOf(each.set)) expect(held.has(each.id)).toBe(true)
          for (const { set: name, hour, type } of held.values())
            for (const { compartment, days, type: only } of rules)
              if (compartment === name && (only ?? type) === type)
                expect(hour).toBeGreaterThanOrEqual(24 * (1_000 - days))
          for (const each of all)
            if (each.set !== 'clear' && each.set !== 'green') expect(held.has(each.id)).toBe(true)
        },
      ),
    )
  })
})
