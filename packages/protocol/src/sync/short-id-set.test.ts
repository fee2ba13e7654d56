import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasPair, shortIdSet } from './short-id-set.ts'

const word = fc.oneof(fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)), fc.integer())
const pairs = fc.array(fc.tuple(word, word), { maxLength: 50 })

describe(shortIdSet, () => {
  it('has what it was made of, and nothing else', () => {
    fc.assert(
      fc.property(pairs, pairs, (held, others) => {
        const set = shortIdSet(Int32Array.from(held.flat()))
        const names = new Set(held.map(String))
        for (const [low, high] of [...held, ...others])
          expect(set.has(low, high)).toBe(names.has(String([low, high])))
      }),
    )
  })

  it('takes as many short ids as a message holds, whatever they are', () => {
    const chosen = Int32Array.from({ length: 262_144 }, (_, i) => i >> 1)
    const set = shortIdSet(chosen)
    expect(chosen.every((each) => set.has(each, each))).toBe(true)
    expect(set.has(1, 2)).toBe(false)
  })
})

describe(hasPair, () => {
  it('looks at no more than the logarithm of what is there', () => {
    let looked = 0
    const alike = new Uint32Array(2 * 131_072).fill(7)
    const counted = new Proxy(alike, { get: (words, at) => (looked++, Reflect.get(words, at)) })
    expect(hasPair(counted, 0, 131_072, 7, 8)).toBe(false)
    expect(looked).toBeLessThanOrEqual(2 * 18)
  })
})
