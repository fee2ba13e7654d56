import { describe, expect, it } from 'vitest'
import { createListMemory } from './list-memory.ts'

const row = Uint8Array.of(1)
const empty = new Uint8Array()

describe(createListMemory, () => {
  it('knows nothing of the window that was the newest when it was made, but what it was told', () => {
    const memory = createListMemory(4)
    expect(memory.find('a', 4)).toBeUndefined()
    memory.keep('a', 4, row)
    expect(memory.find('a', 4)).toBe(row)
    expect(memory.find('b', 4)).toBeUndefined()
  })

  it('knows all of windows that begin later', () => {
    const memory = createListMemory(4)
    expect(memory.find('a', 5)).toEqual(empty)
    memory.keep('a', 5, row)
    expect(memory.find('a', 5)).toBe(row)
    expect(memory.find('b', 5)).toEqual(empty)
    expect(memory.find('a', 6)).toEqual(empty)
  })

  it('forgets a window for the next one, and takes over nothing of earlier ones', () => {
    const memory = createListMemory(4)
    memory.keep('a', 5, row)
    memory.keep('a', 6, empty)
    memory.keep('a', 5, row)
    expect(memory.find('a', 5)).toBeUndefined()
    expect(memory.find('a', 6)).toEqual(empty)
  })
})
