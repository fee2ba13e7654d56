import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store, StoredRecord } from '../store/index.ts'
import { selectRecent } from './selections.ts'

describe(selectRecent, () => {
  it('comes to each place after one and up to another once, the newest first', async () => {
    const recordsAt: Store['recordsAt'] = async (sequences) =>
      sequences.map((sequence) => ({ sequence }) as StoredRecord)
    await fc.assert(
      fc.asyncProperty(fc.nat(2000), fc.nat(1000), async (since, more) => {
        const selection = selectRecent(since, since + more)
        const pages = await Array.fromAsync(selection.records({ recordsAt } as Store, () => false))
        expect(pages.flat().map(({ sequence }) => sequence)).toEqual(
          Array.from({ length: more }, (_, i) => since + more - i),
        )
        expect(pages.flat().every((record) => selection.has(record))).toBe(true)
        expect([since, since + more + 1].map((sequence) => selection.has({ sequence } as never))).toEqual([
          false,
          false,
        ])
      }),
    )
  })
})
