import { describe, expect, it } from 'vitest'
import { createDraft } from './draft.ts'

const one = new Uint8Array([1])
const two = new Uint8Array([2])

describe(createDraft, () => {
  it('shows rows as it leaves them, over those on disk, and reads each of these once', async () => {
    const asked: string[] = []
    const draft = createDraft({
      async getMany(table, keys) {
        const names = keys.map((key) => Buffer.from(key).toString())
        asked.push(...names.map((name) => `${table}/${name}`))
        return names.map((name) => (name === 'held' ? one : undefined))
      },
    })
    await draft.load('meta', ['held', 'none', 'held'].map(keyOf))
    await draft.load('meta', ['none', 'other'].map(keyOf))
    expect(asked).toEqual(['meta/held', 'meta/none', 'meta/other'])
    expect([draft.get('meta', keyOf('held')), draft.get('meta', keyOf('none'))]).toEqual([one, undefined])
    draft.put('meta', keyOf('held'), two)
    draft.delete('meta', keyOf('other'))
    expect([draft.get('meta', keyOf('held')), draft.get('meta', keyOf('other'))]).toEqual([two, undefined])
  })

  it('refuses to guess rows that were not loaded', () => {
    const draft = createDraft({ getMany: async () => [] })
    expect(() => draft.get('control', keyOf('x'))).toThrow(RangeError)
    draft.put('controlIds', keyOf('x'), one)
    expect(() => draft.get('control', keyOf('x'))).toThrow(RangeError)
  })

  it('writes the last of what was put, and all that was appended in its order', () => {
    const draft = createDraft({ getMany: async () => [] })
    const [a, key] = [keyOf('a'), keyOf('1')]
    draft.put('meta', a, one)
    draft.put('meta', a, two)
    draft.append({ table: 'records', key, value: one })
    draft.append({ table: 'records', key, value: undefined })
    expect(draft.operations()).toEqual([
      { table: 'records', key, value: one },
      { table: 'records', key, value: undefined },
      { table: 'meta', key: a, value: two },
    ])
    expect(draft.bytes).toBe(3 + 3 + 3 + 2)
  })
})

function keyOf(text: string): Uint8Array {
  return Buffer.from(text)
}
