import type { SyncItem, SyncMessage } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import type { Portion } from './item-stream.ts'
import { packStream, unpack } from './packs.ts'

/** So much that a few of them are worth a pack. */
const portion = (fill: number): Portion => ({
  items: [{ form: 'record', bytes: new Uint8Array(200_000).fill(fill) }],
  count: 1,
})

describe(packStream, () => {
  it('says in one pack what comes quickly, and sends what comes slowly as it comes', async () => {
    const sent: number[][] = []
    for (const stepMs of [1_000, 3_000]) {
      let now = 0
      async function* slowly(): AsyncGenerator<Portion> {
        for (let i = 0; i < 5; i++) {
          now += stepMs
          yield portion(i)
        }
      }
      const messages = await Array.fromAsync(packStream(slowly(), () => now))
      sent.push(await Promise.all(messages.map(async (message) => (await itemsOf(message)).length)))
    }
    expect(sent).toEqual([[5], [1, 2, 2]])
  })
})

async function itemsOf(message: SyncMessage): Promise<readonly SyncItem[]> {
  if (message.type === 'pack') return (await Array.fromAsync(unpack(message.frame))).flat()
  return message.type === 'items' ? message.items : []
}
