import { describe, expect, it } from 'vitest'
import { createRewrittenRows } from './rewritten-rows.ts'

const keyOf = (number: number): Uint8Array => Buffer.from(`row ${number}`)
const rowOf = (text: string): Uint8Array => Buffer.from(text)

describe(createRewrittenRows, () => {
  it('knows rows as they were last written, also once it has grown, and takes none for another', () => {
    const rows = createRewrittenRows()
    const count = 20_000
    for (const text of ['earlier', 'now'])
      for (let at = 0; at < count; at += 100)
        rows.writing(
          Array.from({ length: 100 }, (_, i) => ({
            table: 'control',
            key: keyOf(at + i),
            value: rowOf(text),
          })),
        )()
    let known = 0
    for (let i = 0; i < count; i++) {
      expect(rows.agrees('control', keyOf(i), rowOf('now')), `${i}`).toBe(true)
      expect(rows.isThere('control', keyOf(i)), `${i}`).not.toBe(false)
      expect(rows.agrees('meta', keyOf(i), rowOf('another')), `${i}`).toBe(true)
      if (!rows.agrees('control', keyOf(i), rowOf('earlier'))) known++
    }
    // Two rows may come to one place, and then one of them is forgotten.
    expect(known).toBeGreaterThan(0.93 * count)
  })

  it('forgets what is being written until it is, and what it is told to', () => {
    const rows = createRewrittenRows()
    const write = (text: string): (() => void) =>
      rows.writing([{ table: 'meta', key: keyOf(1), value: rowOf(text) }])
    write('one')()
    const written = write('two')
    expect(rows.agrees('meta', keyOf(1), rowOf('one'))).toBe(true)
    expect(rows.agrees('meta', keyOf(1), rowOf('two'))).toBe(true)
    written()
    expect(rows.agrees('meta', keyOf(1), rowOf('one'))).toBe(false)
    rows.writing([{ table: 'meta', key: keyOf(1), value: undefined }])()
    expect(rows.isThere('meta', keyOf(1))).toBe(false)
    rows.clear()
    expect(rows.isThere('meta', keyOf(1))).toBeUndefined()
  })
})
