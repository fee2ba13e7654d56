import { describe, expect, it } from 'vitest'
import { createChance } from './chance.ts'

describe(createChance, () => {
  it('makes the same choices for the same seed and purpose', () => {
    for (const seed of SEEDS) expect(draw(seed, 'content'), seed).toEqual(draw(seed, 'content'))
  })

  it('makes other choices for another seed or purpose', () => {
    expect(draw('1', 'content')).not.toEqual(draw('2', 'content'))
    expect(draw('1', 'content')).not.toEqual(draw('1', 'revoke'))
  })

  it('shuffles without losing or adding anything', () => {
    const items = Array.from({ length: 100 }, (_, i) => i)
    for (const seed of SEEDS) {
      const shuffled = createChance(seed, 'test').shuffle(items)
      expect(shuffled, seed).not.toEqual(items)
      expect(
        shuffled.toSorted((a, b) => a - b),
        seed,
      ).toEqual(items)
    }
  })

  it('stays below the limit and reaches every number below it', () => {
    const chance = createChance('1', 'test')
    const drawn = Array.from({ length: 1_000 }, () => chance.below(7))
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
  })

  it('makes version-4 UUIDs', () => {
    const chance = createChance('1', 'test')
    const uuids = Array.from({ length: 1_000 }, () => chance.uuid())
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(uuids.filter((uuid) => !form.test(uuid))).toEqual([])
    expect(new Set(uuids).size).toBe(uuids.length)
  })

  it('picks nothing from nothing', () => {
    expect(() => createChance('1', 'test').pick([])).toThrowError(RangeError)
  })
})

const SEEDS: readonly string[] = ['', '1', '2', 'f00d', 'ünïcode', 'a'.repeat(1_000)]

function draw(seed: string, purpose: string): readonly unknown[] {
  const chance = createChance(seed, purpose)
  return [chance.shuffle([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), chance.pick(['a', 'b', 'c']), chance.uuid()]
}
