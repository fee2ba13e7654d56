import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytes, toHex } from '../encoding/index.ts'
import {
  areAscending,
  countIds,
  idAt,
  idsUnder,
  joinIds,
  nibblesOf,
  splitIds,
  withoutIds,
} from './joined-ids.ts'

/** Ids that often begin alike. */
const id = fc
  .tuple(fc.constantFrom(0, 1, 0x1f, 0xf0, 0xff), fc.uint8Array({ minLength: 31, maxLength: 31 }))
  .map(([first, rest]) => Uint8Array.of(first, ...rest))
const ids = fc.uniqueArray(id, { selector: toHex, maxLength: 40 }).map((list) => list.toSorted(compareBytes))

describe(joinIds, () => {
  it('is undone by splitting', () => {
    fc.assert(
      fc.property(fc.array(id), (list) => {
        expect(splitIds(joinIds(list))).toEqual(list)
        expect(countIds(joinIds(list))).toBe(list.length)
      }),
    )
  })
})

describe(idsUnder, () => {
  it('gives the ids that begin with some digits', () => {
    fc.assert(
      fc.property(ids, fc.constantFrom('', '0', '1', '1f', 'f', 'ff', '00a', 'ffffffff'), (list, digits) => {
        const expected = list.filter((each) => nibblesOf(each).startsWith(digits))
        expect(splitIds(idsUnder(joinIds(list), digits))).toEqual(expected)
      }),
    )
  })
})

describe(withoutIds, () => {
  it('gives the ids of one list that are not in the other', () => {
    fc.assert(
      fc.property(ids, ids, fc.nat(40), (own, others, shared) => {
        const theirs = [...own.slice(0, shared), ...others].toSorted(compareBytes)
        const held = new Set(theirs.map(toHex))
        const expected = own.filter((each) => !held.has(toHex(each)))
        expect(splitIds(withoutIds(joinIds(own), joinIds(theirs)))).toEqual(expected)
      }),
    )
  })
})

describe(areAscending, () => {
  it('is false as soon as one id is out of place, or there twice', () => {
    fc.assert(
      fc.property(ids, fc.nat(), (list, at) => {
        expect(areAscending(joinIds(list))).toBe(true)
        if (list.length < 2) return
        const place = at % (list.length - 1)
        const swapped = list
          .with(place, idAt(joinIds(list), place + 1).slice())
          .with(place + 1, idAt(joinIds(list), place).slice())
        expect(areAscending(joinIds(swapped))).toBe(false)
        expect(areAscending(joinIds([...list, list.at(-1) as Uint8Array]))).toBe(false)
      }),
    )
  })
})
