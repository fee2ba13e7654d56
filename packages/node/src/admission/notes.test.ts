import { describe, expect, it } from 'vitest'
import type { QuarantineRow, StoreChanges } from '../store/index.ts'
import { createNotes, type Notes } from './notes.ts'

const bad = { code: 'BATCH_MALFORMED', from: 'a', what: 'batch', detail: '' }

interface Bench {
  readonly notes: Notes
  readonly rows: QuarantineRow[]
  now: number
}

function open(): Bench {
  const rows: QuarantineRow[] = []
  const bench = { rows, now: 1_000_000, notes: undefined as unknown as Notes }
  const store = {
    async commit({ quarantine = [] }: StoreChanges) {
      rows.push(...quarantine)
    },
  }
  bench.notes = createNotes(store, () => bench.now)
  return bench
}

describe(createNotes, () => {
  it('writes some of a sender and a code down, and later how many came between', async () => {
    const bench = open()
    for (let i = 0; i < 20; i++) await bench.notes.note(bad)
    await bench.notes.note({ ...bad, from: 'b' })
    await bench.notes.note({ ...bad, code: 'CERT_UNKNOWN' })
    expect(bench.rows.map(({ from, code }) => `${from} ${code}`)).toEqual([
      ...Array<string>(16).fill('a BATCH_MALFORMED'),
      'b BATCH_MALFORMED',
      'a CERT_UNKNOWN',
    ])
    bench.now += 60_000
    await bench.notes.note(bad)
    expect(bench.rows.slice(18)).toEqual([{ ...bad, at: bench.now, detail: 'and 4 more before' }])
  })

  it('is not silenced by a clock that is set back', async () => {
    const bench = open()
    await bench.notes.note(bad)
    bench.now -= 600_000
    await bench.notes.note(bad)
    expect(bench.rows).toHaveLength(2)
  })

  it('leaves out what is ordinary, and survives a store that takes nothing', async () => {
    const bench = open()
    await bench.notes.note({ ...bad, code: 'DUPLICATE' })
    expect(bench.rows).toEqual([])
    const full = createNotes({ commit: () => Promise.reject(new Error('full')) }, () => 0)
    await expect(full.note(bad)).resolves.toBeUndefined()
  })
})
