import type { SyncSet } from '@intelmesh/protocol'
import { expect, it } from 'vitest'
import { createWithheld } from './withheld.ts'

const GAVE = { set: 'green', withheld: false } as const
const HELD = { set: 'green', withheld: true } as const

it('tells of whoever withholds twice in a row, and goes on', () => {
  const kept = createWithheld()
  expect([HELD, HELD, HELD, GAVE, HELD].map((outcome) => kept.again('a', outcome))).toEqual([
    false,
    true,
    true,
    false,
    false,
  ])
})

it('is not put off by a refusal in between', () => {
  const kept = createWithheld()
  const refused = { ...GAVE, refused: 'BUSY' }
  expect([HELD, refused, HELD].map((outcome) => kept.again('a', outcome))).toEqual([false, false, true])
})

it('tells sets and peers apart, and forgets the oldest of very many', () => {
  const kept = createWithheld()
  kept.again('a', HELD)
  expect(kept.again('b', HELD)).toBe(false)
  expect(kept.again('a', { ...HELD, set: 'clear' satisfies SyncSet })).toBe(false)
  expect(kept.again('a', HELD)).toBe(true)
  for (let i = 0; i < 4096; i++) kept.again(`${i}`, HELD)
  expect(kept.again('a', HELD)).toBe(false)
})
