import type { ObservableType } from '@intelmesh/stix'
import { describe, expect, test } from 'vitest'
import { encodeCell } from './cells.ts'
import type { Database } from './database.ts'
import { maskOf } from './mask.ts'
import { loadNames } from './names.ts'
import type { State } from './state.ts'
import type { Range } from './table-reads.ts'
import { valueReads } from './value-reads.ts'

describe(valueReads, () => {
  test.each([
    ['cidr', '0.0.0.0/0'],
    ['cidr', '::/0'],
    ['cidr', '128.0.0.0/1'],
    ['domain', 'com'],
    ['ipv4', '198.51.100.7'],
  ] as const)('reads as many rows as are wanted, and no more, below %s %s', async (type, value) => {
    const { reads, read } = await endlessIndex()
    const rows = await reads.postingsBelow({ type: type satisfies ObservableType, value }, 1_000)
    expect(rows).toHaveLength(1_000)
    expect(read()).toBe(1_000)
  })
})

/** Reads of an index in which any range holds more rows than anybody could read; counts what is taken out of it. */
async function endlessIndex() {
  let read = 0
  const row = encodeCell({ sequence: 1, flags: 0, type: 0, organisation: 0 })
  const database: Pick<Database, 'entries'> = {
    async *entries(table, { limit = Infinity }: Range) {
      if (table !== 'values') return
      for (let i = 0; i < limit; i++) {
        read += 1
        yield [new Uint8Array(5), row]
      }
    },
  }
  const names = await loadNames(database)
  const state = { mask: maskOf(new Uint8Array(32)), names } as State
  return { reads: valueReads(database as Database, () => state, { only: () => undefined }), read: () => read }
}
