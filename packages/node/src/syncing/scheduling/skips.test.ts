import { describe, expect, it } from 'vitest'
import { createSkips, MAX_SKIPS, MAX_SKIPS_OF_ONE } from './skips.ts'

const idAt = (i: number): string => i.toString(16).padStart(64, '0')

describe(createSkips, () => {
  it('keeps each thing once for a member, as it was left out last, the latest first', () => {
    let now = 1
    const skips = createSkips(() => now)
    skips.note('alice', 'green', [
      { id: idAt(1), code: 'QUOTA' },
      { id: idAt(2), code: 'QUOTA' },
    ])
    now = 2
    skips.note('alice', 'green', [{ id: idAt(1), code: 'CERT_UNKNOWN' }])
    expect(skips.all()).toEqual([
      { id: idAt(1), code: 'CERT_UNKNOWN', node: 'alice', set: 'green', at: 2 },
      { id: idAt(2), code: 'QUOTA', node: 'alice', set: 'green', at: 1 },
    ])
  })

  it('has a row for each code of what cannot be named, however often it came', () => {
    const skips = createSkips(() => 1)
    for (const code of ['A', 'B', 'A', 'A']) skips.note('alice', 'green', [{ code }])
    expect(skips.all().map(({ code }) => code)).toEqual(['A', 'B'])
  })

  it('keeps the latest of one member, and nobody pushes out what others brought', () => {
    const skips = createSkips(() => 1)
    skips.note('alice', 'green', [{ id: idAt(0), code: 'QUOTA' }])
    const flood = Array.from({ length: 3 * MAX_SKIPS }, (_, i) => ({ id: idAt(i), code: 'LEAF_MALFORMED' }))
    skips.note('mallory', 'green', flood)
    for (const item of flood) skips.note('mallory', 'green', [item])
    const mallorys = skips.all().filter(({ node }) => node === 'mallory')
    expect(mallorys.map(({ id }) => id)).toEqual(
      flood
        .slice(-MAX_SKIPS_OF_ONE)
        .map(({ id }) => id)
        .toReversed(),
    )
    expect(skips.all().filter(({ node }) => node === 'alice')).toHaveLength(1)
  })

  it('is bounded in all, at the cost of whoever has the most', () => {
    const skips = createSkips(() => 1)
    skips.note('alice', 'green', [{ id: idAt(0), code: 'QUOTA' }])
    for (let member = 0; member < 20; member++)
      for (let i = 0; i < MAX_SKIPS_OF_ONE; i++)
        skips.note(`node ${member}`, 'green', [{ id: idAt(i), code: 'LEAF_MALFORMED' }])
    expect(skips.all()).toHaveLength(MAX_SKIPS)
    expect(skips.all().filter(({ node }) => node === 'alice')).toHaveLength(1)
  })
})
