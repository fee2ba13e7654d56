import { describe, expect, it } from 'vitest'
import { nativeCrypto } from '../crypto/index.ts'
import { viewAbove } from './hello.ts'
import type { SyncComponents } from './session.ts'

describe(viewAbove, () => {
  it('leaves no view open when it cannot be read', async () => {
    let open = 0
    const store = {
      async viewOf() {
        open++
        const read = async (): Promise<never> => Promise.reject(new Error('a damaged node'))
        return { root: {}, read, [Symbol.asyncDispose]: async () => void open-- }
      },
    }
    const components = { store, crypto: nativeCrypto } as unknown as SyncComponents
    await expect(viewAbove(components, 'green', 24)).rejects.toThrow('damaged')
    await expect(viewAbove(components, 'green', 2 ** 40)).rejects.toThrow(RangeError)
    expect(open).toBe(0)
  })
})
