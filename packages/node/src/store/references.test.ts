import { describe, expect, it, test } from 'vitest'
import { MAX_REFERENCES, referencesOf } from './references.ts'

const id = (number: number): string =>
  `indicator--00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

describe(referencesOf, () => {
  test.for([
    ['sighting', { sighting_of_ref: id(1), observed_data_refs: [id(2)] }, [id(1)]],
    ['opinion', { object_refs: [id(1), id(2), id(1)] }, [id(1), id(2)]],
    ['note', { object_refs: [id(3)] }, [id(3)]],
    ['note', { object_refs: { a: id(3) } }, []],
    ['note', { object_refs: [7, 'x'.repeat(300), id(1)] }, [id(1)]],
    ['note', {}, []],
    ['report', { object_refs: [id(1)] }, []],
    ['__proto__', { object_refs: [id(1)] }, []],
  ] as const)('%s %j', ([type, rest, expected]) => {
    expect(referencesOf({ type, id: id(9), ...rest } as never)).toEqual(expected)
  })

  it('is bounded', () => {
    const all = Array.from({ length: MAX_REFERENCES + 5 }, (_, i) => id(i))
    expect(referencesOf({ type: 'note', id: id(999), object_refs: all })).toEqual(
      all.slice(0, MAX_REFERENCES),
    )
  })
})
