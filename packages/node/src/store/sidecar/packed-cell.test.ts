import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../cells.ts'
import { packCell, unpackCell } from './packed-cell.ts'

const around = (most: number): fc.Arbitrary<number> =>
  fc.oneof(fc.nat(9), fc.integer({ min: most - 9, max: most }), fc.nat(most))

const cell: fc.Arbitrary<Cell> = fc.record(
  {
    sequence: around(2 ** 48 - 1).filter((sequence) => sequence > 0),
    flags: fc.nat(255),
    type: around(2 ** 16 - 1),
    organisation: around(2 ** 24 - 1),
  },
  { noNullPrototype: true },
)
const small: fc.Arbitrary<Cell> = fc.record(
  {
    sequence: around(2 ** 32 - 1).filter((sequence) => sequence > 0),
    flags: fc.nat(15),
    type: around(1_000),
    organisation: around(2 ** 18 - 1),
  },
  { noNullPrototype: true },
)

describe(packCell, () => {
  it('keeps a cell as it is', () => {
    fc.assert(
      fc.property(small, (held) => {
        expect(packed(held)).toEqual(held)
      }),
    )
  })

  it('keeps nothing of a cell for which there is no room, and nothing of what was there', () => {
    fc.assert(
      fc.property(cell, (held) => {
        expect([held, undefined]).toContainEqual(packed(held))
      }),
    )
    for (const large of [
      { sequence: 2 ** 32 },
      { flags: 16 },
      { type: 1024 },
      { organisation: 2 ** 18 },
    ] satisfies readonly Partial<Cell>[])
      expect(packed({ sequence: 1, flags: 1, type: 1, organisation: 1, ...large })).toBeUndefined()
    expect(packed(undefined)).toBeUndefined()
  })
})

function packed(held: Cell | undefined): Cell | undefined {
  const words = Uint32Array.of(1, 2, 3, 4)
  packCell(held, words, 2)
  expect([...words.subarray(0, 2)]).toEqual([1, 2])
  return unpackCell(words, 2)
}
