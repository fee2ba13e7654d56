import { describe, expect, it } from 'vitest'
import { createDraft } from './draft.ts'

const one = new Uint8Array([1])
const two = new Uint8Array([2])

describe(createDraft, () => {
  it('shows rows as it leaves them, over those on disk, and reads each of these once', async () => {
    const asked: string[] = []
    const draft = createDraft({
      async getMany(table, keys) {
        asked.push(...keys.map((key) => `${table}/${key}`))
        return keys.map((key) => (key === 'held' ? one : undefined))
      },
    })
    await draft.load('records', ['held', 'none', 'held'])
    await draft.load('records', ['none', 'other'])
    expect(asked).toEqual(['records/held', 'records/none', 'records/other'])
    expect([draft.get('records', 'held'), draft.get('records', 'none')]).toEqual([one, undefined])
    draft.put('records', 'held', two)
    draft.delete('records', 'other')
    expect([draft.get('records', 'held'), draft.get('records', 'other')]).toEqual([two, undefined])
  })

  it('refuses to guess rows that were not loaded', () => {
    const draft = createDraft({ getMany: async () => [] })
    expect(() => draft.get('control', 'Ids!x')).toThrow(RangeError)
    draft.put('controlIds', 'x', one)
    expect(() => draft.get('control', 'x')).toThrow(RangeError)
  })

  it('writes the last of what was put, and all that was appended in its order', () => {
    const draft = createDraft({ getMany: async () => [] })
    draft.put('meta', 'a', one)
    draft.put('meta', 'a', two)
    draft.append([{ table: 'arrival', key: '1', value: one }])
    draft.append([{ table: 'arrival', key: '1', value: undefined }])
    expect(draft.operations()).toEqual([
      { table: 'arrival', key: '1', value: one },
      { table: 'arrival', key: '1', value: undefined },
      { table: 'meta', key: 'a', value: two },
    ])
    expect(draft.bytes).toBe(2 * ('meta'.length + 2) + 2 * 'arrival1'.length + 1)
  })
})
